"""What a registry says, by the OCI distribution API: a tag's digest, an image's config, all tags, who is let in."""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from clients.docker_login import credentials
from config.values.errors import Mistake, kind, shown
from host.run import last_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.topology.registries import Registry
    from config.values.names import ImageReference

HUB = "registry-1.docker.io"
"""Where the images of docker.io are."""

TIMEOUT = 10.0
"""Seconds that a registry may take to connect, and between two pieces of an answer."""

PAGE, PAGES = 1000, 50
"""How many tags are asked for at once, and how often."""

ACCEPT = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
"""Indexes too: without them a registry answers with the manifest of one architecture."""

ARCHITECTURES = ("linux/amd64", "linux/arm64")
"""That services run on."""
_IMAGE = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
"""Media types of an image's config; a chart or a signature has another one."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}")


class Refused(Mistake):
    """A registry refuses a log-in. It will not change its mind by itself, as one that is busy or away."""


def digest(image: ImageReference) -> str:
    """The digest that the image's tag has now; `Mistake` if the registry does not tell."""
    host, name = place(image.repository)
    with _client(host) as client:
        return _digest(client, f"{_url(host)}{name}/manifests/{image.tag}", host, name)


def config(image: ImageReference) -> dict[str, Any]:
    """The image's own config: what a container of it is made of. `Mistake` if the registry does not tell.

    Of an index the first of `ARCHITECTURES` is read; what is compared with it is the same for every architecture.
    """
    host, name = place(image.repository)
    url = f"{_url(host)}{name}"
    with _client(host) as client:
        manifest = _content(client, f"{url}/manifests/{image.digest or image.tag}", host, name, image.digest)
        if "manifests" in manifest:
            digest = _architecture(manifest["manifests"], host)
            manifest = _content(client, f"{url}/manifests/{digest}", host, name, digest)
        digest = _config_of(manifest, host)
        found = _content(client, f"{url}/blobs/{digest}", host, name, digest).get("config")
    if not isinstance(found, dict | None):
        raise Mistake(f"its config is {kind(found)}, not a mapping", "choose another tag, or build it again")
    return found or {}


def tags(repository: str) -> list[str]:
    """Every tag that a repository has, in the registry's own order; `Mistake` if the registry does not tell."""
    host, name = place(repository)
    found: list[str] = []
    with _client(host) as client:
        url = httpx.URL(f"{_url(host)}{name}/tags/list?n={PAGE}")
        for _ in range(PAGES):
            answer = _ask(client, "GET", str(url), host, name)
            if not answer.is_success:
                raise _refusal(answer, host)
            try:
                found += [str(tag) for tag in answer.json()["tags"] or []]
            except (ValueError, KeyError, TypeError):
                raise Mistake(f"{host} answers with something that is no list of tags", "try again") from None
            following = answer.links.get("next", {}).get("url")
            if not following:
                return found
            # What it says of another host is not followed.
            url = url.copy_with(raw_path=answer.url.join(following).raw_path)
    raise Mistake(f"{host} has more than {PAGE * PAGES} tags for it", "look at the registry's own page")


def lets_in(registry: Registry, password: str) -> bool:
    """Whether a registry lets its user in; False if it asks for no log-in. `Mistake` if it does not, or is away.

    As `docker login` does it: a token for no repository, or the log-in itself, and with that the API's first page.
    """
    host = registry.address
    known = base64.b64encode(f"{registry.user}:{password}".encode()).decode()
    with _client(host) as client:
        answer = client.get(_url(host))
        asked = answer.status_code == httpx.codes.UNAUTHORIZED
        if asked:
            client.headers["Authorization"] = _authorization(client, answer, host, known)
            answer = client.get(_url(host))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Refused(f"{host} is no registry, it has no /v2/", "check the name")
        if not answer.is_success:
            raise _refusal(answer, host)
        return asked


@contextmanager
def _client(host: str) -> Iterator[httpx.Client]:
    """What asks a registry. Where that does not get through, it is a `Mistake`."""
    try:
        # A proxy of the environment does not lead to this machine.
        with httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=True,
            trust_env=not loopback(host),
            event_hooks={"request": [_refuse_plain]},
            headers={"Accept": ACCEPT, "User-Agent": "smarter-net"},
        ) as client:
            yield client
    except httpx.TimeoutException:
        raise Mistake(f"{host} does not answer within {TIMEOUT:.0f} s", "try again, and check the network") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        cause = last_line(str(error), type(error).__name__)
        raise Mistake(f"{host} cannot be reached ({cause})", "check the image's registry and the network") from None


def _url(host: str) -> str:
    """The API's first page."""
    return f"{'http' if loopback(host) else 'https'}://{host}/v2/"


def place(repository: str) -> tuple[str, str]:
    """Host and name of a repository, as Docker reads it: `caddy` is docker.io's `library/caddy`."""
    host, slash, name = repository.partition("/")
    if not slash or not (set(host) & set(".:") or host == "localhost"):
        host, name = "docker.io", repository
    if host in {"docker.io", "index.docker.io"}:
        return HUB, name if "/" in name else f"library/{name}"
    return host, name


def _digest(client: httpx.Client, url: str, host: str, name: str) -> str:
    """HEAD, which Docker Hub does not count as a pull; GET where that does not tell the digest."""
    answer = _ask(client, "HEAD", url, host, name)
    told: str = answer.headers.get("Docker-Content-Digest", "")
    if answer.status_code == httpx.codes.METHOD_NOT_ALLOWED or (answer.is_success and not told):
        answer = client.get(url)
        told = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
    if not answer.is_success:
        raise _refusal(answer, host)
    if not _DIGEST.fullmatch(told):
        raise Mistake(f"{host} gives no sha256 digest for it", "choose another tag or registry")
    return told


def _ask(client: httpx.Client, method: str, url: str, host: str, name: str) -> httpx.Response:
    """Ask, and where the registry wants to know who asks, again with what it wants."""
    answer = client.request(method, url)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        log_in = credentials("https://index.docker.io/v1/" if host == HUB else host)
        client.headers["Authorization"] = _authorization(client, answer, host, log_in, f"repository:{name}:pull")
        answer = client.request(method, url)
    return answer


def _content(client: httpx.Client, url: str, host: str, name: str, digest: str | None) -> dict[str, Any]:
    """A manifest or a config, which has to be the one of that digest."""
    answer = _ask(client, "GET", url, host, name)
    if not answer.is_success:
        raise _refusal(answer, host)
    if digest and f"sha256:{hashlib.sha256(answer.content).hexdigest()}" != digest:
        raise Mistake(f"{host} answers with other bytes than {digest[:19]}…", "try again, and check the network")
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Mistake(f"{host} answers with something that is no JSON object", "try again")
    return found


def _config_of(manifest: dict[str, Any], host: str) -> str:
    """The digest of a manifest's config."""
    found = manifest.get("config")
    if not isinstance(found, dict) or not _DIGEST.fullmatch(str(found.get("digest"))):
        raise Mistake(f"{host} gives no config for it", "look at it with `docker image inspect`")
    media = found.get("mediaType", _IMAGE[0])
    if media not in _IMAGE:
        raise Mistake(f"{host} has no container image there, but {shown(media)}", "check the name and the tag")
    return str(found["digest"])


def _architecture(manifests: object, host: str) -> str:
    """The digest of a manifest in an index: of one for services to run on, else of one that says no platform."""
    listed = [one for one in manifests if isinstance(one, dict)] if isinstance(manifests, list) else []
    named = [one for one in reversed(listed) if _DIGEST.fullmatch(str(one.get("digest")))]
    digests = {_platform(one): str(one["digest"]) for one in named}
    for wanted in (*ARCHITECTURES, ""):
        if wanted in digests:
            return digests[wanted]
    # What an image was built of lies beside it for a platform of that name.
    others = " and ".join(shown(platform) for platform in sorted(set(digests) - {"unknown/unknown"}))
    wanted = " or ".join(ARCHITECTURES)
    raise Mistake(f"{host} has it for {others or 'no architecture'}, not for {wanted}", "choose another tag")


def _platform(said: dict[str, Any]) -> str:
    """`linux/amd64`; empty where an index does not say it."""
    found = said.get("platform")
    return f"{found.get('os')}/{found.get('architecture')}" if isinstance(found, dict) else ""


def _authorization(client: httpx.Client, answer: httpx.Response, host: str, log_in: str | None, scope: str = "") -> str:
    """The header that the registry asks for: a token for reading what is in scope, or the log-in itself."""
    challenges = answer.headers.get_list("WWW-Authenticate")
    bearer = next((found for found in challenges if found.lower().startswith("bearer ")), None)
    if bearer is None:
        if log_in is None:
            raise _refusal(answer, host)
        return f"Basic {log_in}"
    asked = dict(_PARAMETER.findall(bearer))
    if "realm" not in asked:
        raise Mistake(f"{host} does not say where its tokens come from", "name an image of another registry")
    wanted = {"service": asked.get("service", host)}
    if scope:
        wanted["scope"] = asked.get("scope", scope)
    headers = {"Authorization": f"Basic {log_in}"} if log_in else {}
    given = client.get(answer.url.join(asked["realm"]).copy_merge_params(wanted), headers=headers)
    if not given.is_success:
        raise _refusal(given, host)
    try:
        found = given.json()
        return f"Bearer {found.get('token') or found['access_token']}"
    except (ValueError, KeyError, AttributeError):
        raise Mistake(f"{host} gives no token", "try again") from None


def _refusal(answer: httpx.Response, host: str) -> Mistake:
    """What an answer without a digest means, and what helps."""
    match answer.status_code:
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            log_in = "docker login" if host == HUB else f"docker login {host}"
            return Refused(f"{host} refuses it as unauthorised", f"check the name; if it is private, run `{log_in}`")
        case httpx.codes.NOT_FOUND:
            return Mistake(f"not found, {host} has no such repository or tag", "check the name and the tag")
        case httpx.codes.TOO_MANY_REQUESTS:
            wait = answer.headers.get("Retry-After", "")
            when = f"in {wait} s" if wait.isdecimal() else "later"
            return Mistake(f"{host} takes no more requests for now (429)", f"try again {when}, or log in to it")
        case status:
            return Mistake(f"{host} answers {status}", "try again later")


def loopback(host: str) -> bool:
    """Whether a registry runs on this machine: the one place where plain http is safe."""
    return bool(_LOOPBACK.fullmatch(host.partition(":")[0]))


def _refuse_plain(request: httpx.Request) -> None:
    """Keep every request on https, those to token services and after redirects too."""
    if request.url.scheme != "https" and not loopback(request.url.host):
        raise Mistake(f"{request.url.host} is to be asked over plain http", "name an image of a registry with https")
