"""What `make preview` or `make drift` said, as Markdown for GitHub: `plan_report.py STACK EXIT-CODE <log`.

What visitors notice comes first, the whole plan is folded away. Nothing in it can be a command to a terminal, nothing
looks like a secret, and two of them fit into one comment. It needs the standard library alone.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LIMIT = 30_000
"""Longest report, in characters. GitHub takes 65536 in a comment, and a comment holds two."""
LONGEST_TITLE = 200
"""Characters of the counts; the engine has six kinds at most."""
LINES = 40
"""Most lines shown above the fold."""
LONGEST_FENCE = 20
"""A fence is longer than any run of backticks in it; longer runs than this are cut short."""
HIDDEN = "[hidden]"
SECRETS = (
    *("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GH_TOKEN"),
)
"""Variables of the job whose values may stand nowhere. GitHub drops a report as a whole that has one of them in it."""
SHORTEST = 4
"""A value below this is no secret, and to hide it would hide half the alphabet."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-Z\\-_])")
_PROGRESS = re.compile(r"@ \w+ \w+\.+")
_CHANGES = "What changes"
_VISITORS = "What visitors notice"
_SERVER = "The server is not as the last run left it"
_ELSEWHERE = {
    "• DNS ": "Names that do not lead to the server",
    "• certificate of ": "Certificates",
    "• the plan above ": "Not deployed yet, or changed on the server",
}
"""How a finding about something else than the server begins -> its heading."""
# What preview and drift say of a stack as a whole. That it differs makes drift fail, and is no failure to look.
_DIFFERS = "differs from what was deployed."
_VERDICTS = ("nothing to change.", "as it was deployed.", _DIFFERS)
_PREFIXES = (
    # GitHub, GitLab, Pulumi, Slack, Stripe, and what sells language models.
    r"gh[opsur]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent|oas)-|pul-|xox[a-z]-|xoxe\.xox[a-z]-|xapp-"
    r"|[sr]k[_-](?:live|test|ant|proj|or|svcacct)[_-]|sk-(?=[A-Za-z0-9]{20})|whsec_|hf_|gsk_|"
    # Google, package registries, Docker, Hashicorp, Tailscale, age, Cloudflare's origin keys.
    r"AIza|ya29\.|GOCSPX-|1//0|npm_|pypi-|dckr_[a-z]+_|hv[sbr]\.|tskey-|AGE-SECRET-KEY-|v1\.0-(?=[0-9a-f]{20})|"
    # Who sends mail and messages, who hosts, who watches, who keeps notes.
    r"SG\.|key-(?=[0-9a-f]{32})|SK(?=[0-9a-f]{32})|re_(?=[A-Za-z0-9]{8}_)|do[opr]_v1_|dp\.[a-z]{2,5}\.|dapi(?=[0-9a-f]{32})"
    r"|sntry[su]_|gls?[ac]_|lin_api_|ntn_|secret_(?=[A-Za-z0-9]{40})|shp[a-z]{2}_|sbp_|pscale_[a-z]+_|ATATT3|n8n_api_|mb_"
)
_SHAPES = [
    re.compile(
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
        r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
        re.DOTALL,
    ),
    re.compile(rf"(?<![A-Za-z0-9])(?:{_PREFIXES})[A-Za-z0-9_.=-]{{10,}}"),
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b"),
    # Signed and encrypted JSON; a Telegram bot's; passwords' hashes.
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}"),
    re.compile(r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    re.compile(
        r"\$(?:2[abxy]?|argon2(?:id|[id])|apr1|scrypt|[1567y])\$[\w./$=,+-]{20,}|\bpbkdf2[\w$-]{3,}\$[\w./$=+]{20,}"
    ),
    # An address with a password, or with a token in place of a user; one that is itself the secret.
    re.compile(r"(?<=://)[^/\s:@]*:(?!\d{1,5}(?:[/?#]|$))[^\s\"'<>]{1,300}(?=@[\w.\[-])"),
    re.compile(r"(?<=://)[^/\s:@]{16,}(?=@)"),
    re.compile(r"(?<=hooks\.slack\.com/)\S{20,}|(?<=/api/webhooks/)\d+/\S{20,}"),
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{8,}"),
    # What a program made at random: 32 characters and more of both cases with digits. Neither a public key, which
    # begins so, nor a fingerprint, nor a digest, which are of one case.
    re.compile(
        r"(?<![A-Za-z0-9_./+=:-])(?!AAAA|sha\d{3}-)(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[A-Z])"
        r"(?=(?:[A-Za-z_-]*[0-9]){3})[A-Za-z0-9_-]{32,}(?![A-Za-z0-9_-])"
    ),
]
_NAMES = (
    r"passwo?r?d|passphrase|secret|token|credentials?|contrase[nñ]a|\bclave"
    r"|(?<![a-z])(?:pass|pwd|psk|jwt|otp|session(?:[_-]?id)?)(?=[\"'\\\s:=])"
    r"|(?:api|private|auth|encryption|account|access|shared|signing|master|session|service|license)[\w-]{0,20}key"
    r"|signature|(?<![a-z])sig(?==)|(?<![a-z])_?auth(?=[\"'\\]*\s?[:=]\s?[\"']?[\w+/=]{12})"
)
_HARMLESS = (
    # Pulumi's own [secret], digests, the names of our secrets, the words that follow a colon in a message, and a path.
    r"(?!\"?\[secret\]|\"?\[hidden\]|sha256:|/run/secrets/|(?<=secret:)(?:(?:registry|basic-auth)-[a-z0-9-]+"
    r"|[a-z0-9-]+-(?:key|secret|password|token))\b)"
    r"(?!(?:a|cannot|false|has|is|missing|must|needs|no|none|not|null|required|set|stands|the|true|unknown|wrong)(?:[\s;,.]|$))"
)
# `name: value` and `name=value` of a shell, YAML and JSON, which may be quoted once more.
_NAMED = re.compile(
    rf"(?i)(?P<name>(?:{_NAMES})[\w.-]{{0,40}}\\*[\"']?\s{{0,9}}(?:=>|[:=])\s{{0,9}})"
    rf"{_HARMLESS}(?P<value>[|>][+-]?\n\s+[^\n]+|\\*\"[^\"\n]+\"|'[^'\n]+'|[^\s\"',}}\]]+)"
)
# The name and the value apart: an option of a command, a list of variables, a header, a tag, a file of log-ins.
_APART = [
    re.compile(
        r"(?i)(?P<name>\s--?[\w-]{0,20}(?:passwo?r?d|passphrase|secret|token|api-?key)[\w-]{0,20}\s+)"
        r"(?!-|is\b|secret:)\S+"
    ),
    re.compile(r"(?i)(?P<name>\s(?:-u|--user)[ =]\S{0,60}?:)\S+"),
    re.compile(
        r"(?i)(?P<name>name[\"']?\s{0,3}[:=]\s{0,3}[\"']?[\w-]{0,40}"
        r"(?:passwo?r?d|passphrase|secret|token|key|credentials?)[\w-]{0,40}[\"']?,?\s{1,20}[\"']?value[\"']?\s{0,3}[:=]\s{0,3})(?:\"[^\"\n]+\"|'[^'\n]+'|[^\s,}]+)"
    ),
    re.compile(
        r"(?i)(?P<name>\b(?:proxy-)?authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
        r"(?:basic|digest|token|apikey)\s+)[^\s\"']+"
    ),
    re.compile(r"(?i)(?P<name>\b(?:set-)?cookie[\"']?\s{0,3}:\s{0,3}[\"']?)[^\s\"'][^\"'\n]*"),
    re.compile(r"(?i)(?P<name><(?:\w{0,20}(?:password|secret|token|key))>)[^<\n]+"),
    re.compile(r"(?i)(?P<name>\blogin\s+\S{1,60}\s+password\s+)\S+"),
    re.compile(r"(?P<name>(?<![\w.-])[\w.-]{1,60}:\d{2,5}:[\w*-]{1,40}:[\w-]{1,40}:)[^\s:]+"),
]


def plain(text: str) -> str:
    """Return the text without colours, control characters and marks that change the direction of reading."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


def without_secrets(text: str, values: Iterable[str]) -> str:
    """Return the text with these values hidden, each line of them too, and whatever else looks like a secret."""
    parts = {part.strip() for value in values for part in (value, *value.splitlines())}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST:
            text = text.replace(part, HIDDEN)
    for shape in _SHAPES:
        text = shape.sub(HIDDEN, text)
    for named in (_NAMED, *_APART):
        text = named.sub(rf"\g<name>{HIDDEN}", text)
    return text


def report(stack: str, log: str, *, failed: bool, secrets: Iterable[str] = ()) -> str:
    """Return the report on one stack's plan."""
    text = without_secrets(plain(log), secrets).strip("\n")
    text = re.sub(f"`{{{LONGEST_FENCE},}}", "`" * (LONGEST_FENCE - 1), text)
    lines = [line for line in text.split("\n") if not _PROGRESS.fullmatch(line)]
    parts = [f"### {stack}"]
    verdict = next((verdict for verdict in _VERDICTS if f"{stack}: {verdict}" in lines), "")
    if failed and verdict != _DIFFERS:
        parts += ["**The plan could not be made, or says no.**", *_block(line for line in lines if _is_error(line))]
    elif verdict:
        parts.append(verdict.capitalize())
    changes = [_colored(line) for line in _after(lines, _CHANGES)]
    for heading, found, language in ((_CHANGES, changes, "diff"), (_VISITORS, _after(lines, _VISITORS), "text")):
        if found:
            parts += [f"**{heading}**", *_block(found, language)]
    for heading, said in _findings(lines).items():
        parts += [f"**{heading}**", *_block(said)]
    top = "\n\n".join(parts)
    counts = _counts(_after(lines, "Resources:"))
    title = f"Plan: {counts}" if counts else "Plan"
    plan = _fenced(_cut("\n".join(lines), LIMIT - len(top) - 1000))
    return f"{top}\n\n<details><summary>{title}</summary>\n\n{plan}\n\n</details>\n"


def _counts(lines: list[str]) -> str:
    """The engine's counts in one line: `~ 5 to update`, `+-2 to replace`, `7 changes. 42 unchanged`; or empty."""
    kinds, rest = [], []
    for line in lines:
        kind = re.fullmatch(r"[+~<>=-]{1,3} ?(\d+ to [a-z -]+)", line)
        total = re.fullmatch(r"(?:\d+ changes?\. )?(\d+ unchanged)", line)
        if kind:
            kinds.append(kind[1])
        elif total:
            rest.append(total[1])
    counts = ", ".join([*kinds, *rest])
    return counts if len(counts) <= LONGEST_TITLE else ""


def _colored(line: str) -> str:
    """A line of what changes with the mark that GitHub's `diff` shows in a colour."""
    return f"!{line[1:]}" if line.startswith("~") else line


def _findings(lines: list[str]) -> dict[str, list[str]]:
    """What was found about the stack as it is, below what it is about. The names' addresses are not the server's."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("•"):
            heading = next((heading for start, heading in _ELSEWHERE.items() if line.startswith(start)), _SERVER)
            found.setdefault(heading, []).append(line)
    return found


def _is_error(line: str) -> bool:
    return line.startswith(("error:", "make: ***"))


def _after(lines: list[str], heading: str) -> list[str]:
    """The indented lines below a heading."""
    found: list[str] = []
    for start, line in enumerate(lines):
        if line.strip() == heading:
            for below in lines[start + 1 :]:
                if not below.startswith("  "):
                    break
                found.append(below.strip())
    return found


def _block(lines: Iterable[str], language: str = "text") -> list[str]:
    """The lines as a block in which Markdown means nothing; none if there are none."""
    shown = list(lines)
    if len(shown) > LINES:
        shown = [*shown[:LINES], f"… and {len(shown) - LINES} more"]
    # Half of the limit at most, so that something of the plan is left.
    return [_fenced(_cut("\n".join(line[:300] for line in shown), LIMIT // 6), language)] if shown else []


def _fenced(text: str, language: str = "text") -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _cut(text: str, limit: int) -> str:
    """The text's beginning and end, with what is between left out if it is too long."""
    if len(text) <= limit:
        return text
    left = (limit - 100) // 2
    return f"{text[:left]}\n\n… {len(text) - 2 * left} characters left out; the run's log has them …\n\n{text[-left:]}"


def main(arguments: list[str], environment: Mapping[str, str]) -> None:
    """Read the log, print the report."""
    stack, code = arguments
    log = sys.stdin.buffer.read().decode("utf-8", "replace")
    secrets = [environment[name] for name in SECRETS if name in environment]
    sys.stdout.buffer.write(report(stack, log, failed=code != "0", secrets=secrets).encode())


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
