"""What a scan of the hook showed, noted until the commit comes (H57). On the hot path of the hook."""

from __future__ import annotations

from feedback_loop.api.scan import has_shown
from feedback_loop.domain.finding import OWN, level_rank
from feedback_loop.domain.fingerprint import fingerprint
from feedback_loop.stores.shown import append_shown
from feedback_loop.stores.system import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from feedback_loop.domain.finding import Finding, ScanResult
    from feedback_loop.workspace import Workspace

_MOST = 1000


def note_shown(workspace: Workspace, result: ScanResult, code: int) -> None:
    """Note the findings that warned or blocked, and whether the scan did; a scan without any, too."""
    shown = [
        (decode(one.path), one.pattern, one.detector, one.fingerprint, text_key(one))
        for one in result.findings
        if level_rank(one.level) >= level_rank("warn") and one.pattern != OWN and not one.moved
    ]
    if shown or has_shown(workspace):
        append_shown(workspace.repository, code == 1, shown[:_MOST])


def text_key(finding: Finding) -> str:
    """The same for the same text and rule in whatever file; the text itself is not kept."""
    return fingerprint(finding.rule_id, b"", finding.snippet.strip(), 0)
