"""The HTML pages in a browser: nothing in its console, both colour schemes, no window too narrow, no script.

The browser is the distribution's Chromium, or Chrome; where there is none these tests are skipped.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedback_loop.render.feedback_report_html import render_feedback_report_html
from feedback_loop.render.retro_html import render_retro_html
from tests.faces.test_cli_feedback_report import made_report
from tests.render.made import HOSTILE
from tests.render.test_report_html import made_metrics, rendered
from tests.render.test_retro_html import charted, spoiled

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no chromium on PATH: the pages are not seen by a browser"
)

PAPER = {"light": (0xFF, 0xFF, 0xFF), "dark": (0x14, 0x17, 0x1B)}
WIDTHS = (320, 500, 1100)
# Each page in frames of some widths; one that is given a script and a broken picture must run neither.
MEASURED = """<!DOCTYPE html><meta charset="utf-8"><body>{frames}<pre id="told"></pre><script>
addEventListener("load", () => setTimeout(() => {{
  const told = [...document.querySelectorAll("iframe")].map(frame => {{
    const inner = frame.contentDocument, root = inner.documentElement;
    return {{
      over: root.scrollWidth - frame.clientWidth,
      font: Math.min(...[...inner.querySelectorAll("svg")].map(one => 12 * one.clientWidth / one.viewBox.baseVal.width)),
      active: inner.querySelectorAll("script, img, iframe, object, embed, form, a:not([href^='#'])").length,
      title: inner.title,
    }};
  }});
  document.getElementById("told").textContent = JSON.stringify({{told, ran: window.ran === true}});
}}, 200));
</script>"""
INTRUDERS = '<script>parent.ran = true</script><img src="x" onerror="parent.ran = true">'

Browse = Callable[..., str]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Runs the browser on a page and returns what it says on both its outputs."""

    def run(page: str, *options: str) -> str:
        file = tmp_path / "page.html"
        file.write_text(page, "utf-8")
        fixed = (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}",
        )  # fmt: skip
        assert BROWSER is not None
        done = subprocess.run(
            [BROWSER, *fixed, *options, file.as_uri()], capture_output=True, timeout=120, check=True
        )
        return (done.stdout + done.stderr).decode("utf-8", "replace")

    return run


def first_pixel(picture: bytes) -> tuple[int, ...]:
    """Red, green and blue of the upper left corner of a PNG: no filter of its format changes this one."""
    data, at = b"", 8
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        if kind == b"IDAT":
            data += picture[at + 8 : at + 8 + length]
        at += length + 12
    return tuple(zlib.decompress(data)[1:4])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_shown_in_the_readers_colours_and_nothing_complains(
    browse: Browse, tmp_path: Path, scheme: str
) -> None:
    page = render_retro_html(charted()) if scheme == "light" else rendered(made_metrics())
    picture = tmp_path / "picture.png"
    number = 0 if scheme == "dark" else 1
    said = browse(
        page,
        f"--screenshot={picture}",
        "--window-size=1000,800",
        f"--blink-settings=preferredColorScheme={number}",
    )
    assert "CONSOLE" not in said
    assert first_pixel(picture.read_bytes()) == PAPER[scheme]


def test_it_is_printed_with_what_is_folded_on_the_screen(browse: Browse, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    said = browse(render_retro_html(charted()), f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    assert "CONSOLE" not in said
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) >= 2


def frames(pages: list[str]) -> str:
    made = [
        f'<iframe style="border:0;width:{width}px;height:600px" srcdoc="{html.escape(page)}"></iframe>'
        for page in pages
        for width in WIDTHS
    ]
    return "".join(made)


def test_no_window_is_too_narrow_and_nothing_in_it_runs(browse: Browse) -> None:
    hostile = render_retro_html(spoiled(charted(), HOSTILE))
    rated = render_feedback_report_html(made_report(HOSTILE))
    pages = [render_retro_html(charted()), rendered(made_metrics()), hostile, rated]
    intruded = pages[0].replace("<main>", f"<main>{INTRUDERS}")
    assert intruded != pages[0]
    shown = frames(pages) + f'<iframe srcdoc="{html.escape(intruded)}"></iframe>'
    said = browse(MEASURED.format(frames=shown), "--dump-dom", "--virtual-time-budget=5000")
    (text,) = re.findall(r'<pre id="told">(.*?)</pre>', said)
    found: dict[str, Any] = json.loads(html.unescape(text))
    *told, intruder = found["told"]
    assert len(told) == len(pages) * len(WIDTHS)
    assert {one["over"] for one in told} == {0}
    assert {one["active"] for one in told} == {0}
    assert min(one["font"] for one in told[: 2 * len(WIDTHS)]) >= 8.5  # pixels, in a window of 320
    # The policy holds by itself: what does get in does not run.
    assert (intruder["active"], found["ran"]) == (2, False)
