"""The proxy's own pages in a real browser: they fit a phone, are large enough to read, and follow light and dark.

`SCREENSHOTS=write pytest …` takes those of docs/pages again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from config.render import pages
from config.topology.pages import PagesSpec
from tests.config.stacks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
LOGO = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'>"
    "<rect width='40' height='40' rx='9' fill='#0b6e4f'/><path d='M10 26l7-12 6 8 7-9' stroke='#fff' stroke-width='4' "
    "fill='none' stroke-linecap='round' stroke-linejoin='round'/></svg>"
)
LOOK = PagesSpec(name="SmarterOS", color="#0b6e4f", logo="data:image/svg+xml,%3Csvg/%3E")
WIDTHS = (390, 1280)
PAGES = {
    "away": pages.away(10),
    "stranger": pages.STRANGER,
    "log-in": pages.LOG_IN,
    "missing": pages.MISSING,
    "planned": pages.PLANNED,
    "stopped": pages.STOPPED,
}
SHOWN = {("away", 390, "es", True), ("away", 1280, "en", False), ("stopped", 390, "en", False)}
"""Of docs/pages: page, width, language, whether dark."""
MEASURE = """<script>
const small = [...document.querySelectorAll("h1,p,small,span")].map(e => parseFloat(getComputedStyle(e).fontSize));
document.title = [document.documentElement.scrollWidth, Math.min(...small), document.documentElement.scrollHeight,
  getComputedStyle(document.body).backgroundColor].join("|");
</script>"""
LEAST_FONT = 14
"""CSS pixels, of the note."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium-headless-shell or chromium")


def browse(page: Path, width: int, *options: str, dark: bool = False) -> str:
    """What the browser prints of a page in a window of that width."""
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    command = [
        str(CHROMIUM), "--no-sandbox", "--disable-gpu", f"--window-size={width},700", "--hide-scrollbars", scheme,
        f"--user-data-dir={page.parent / 'profile'}", *options, page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def written(folder: Path, name: str, language: str, more: str = "") -> Path:
    """The page as a file, as a visitor gets it."""
    text = PAGES[name].html(language, LOOK)
    text = text.replace(pages.LOGO, LOGO.replace("<svg ", "<svg width='40' height='40' "))
    text = text.replace("{http.request.host}", "mkt.smarterbot.cl").replace("{http.request.remote.host}", "2001:db8::1")
    path = folder / f"{name}.html"
    path.write_text(re.sub(r'<meta http-equiv="refresh"[^>]*>', "", text).replace("</body>", more + "</body>"))
    return path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", [pages.SPANISH, pages.ENGLISH])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_window_and_can_be_read(name: str, language: str, width: int, tmp_path: Path) -> None:
    dom = browse(written(tmp_path, name, language, MEASURE), width, "--dump-dom")
    found = re.search(r"<title>([\d.]+)\|([\d.]+)\|([\d.]+)\|", dom)
    assert found, dom
    wide, font, high = map(float, found.groups())
    assert wide <= width
    assert font >= LEAST_FONT
    assert high <= 700


def test_it_is_dark_where_the_visitor_has_it_dark(tmp_path: Path) -> None:
    page = written(tmp_path, "away", "es", MEASURE)
    colors = [browse(page, 390, "--dump-dom", dark=dark).partition("|rgb")[2][:16] for dark in (True, False)]
    assert colors[0].startswith("(20, 23, 28)")
    assert colors[1].startswith("(246, 247, 249)")


@pytest.mark.skipif(os.environ.get("SCREENSHOTS") != "write", reason="SCREENSHOTS=write takes them")
@pytest.mark.parametrize(("name", "width", "language", "dark"), sorted(SHOWN))
def test_screenshots(name: str, width: int, language: str, *, dark: bool, tmp_path: Path) -> None:
    picture = ROOT / "docs" / "pages" / f"{name}-{width}-{language}.png"
    browse(written(tmp_path, name, language), width, f"--screenshot={picture}", dark=dark)
    assert picture.stat().st_size > 1000
