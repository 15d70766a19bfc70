"""Secrets and homes taken out of text before it is written anywhere (T17, A6).

What looks like a secret becomes `***`: the formats of token providers, values of names such as
`password`, user information of URLs, private key blocks, and random runs after such words. A home folder
becomes `~`. Where it is not sure, it masks: a lost word costs less than a lost key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

MASK = "***"
_ELLIPSIS = "…"
_ROUNDS = 4  # what one rule leaves may be food for another; in practice two rounds settle it
_MARGIN = 64 << 10  # characters beyond a limit that are looked at, so that no token is cut before it is seen

# A text that a token cannot do without, and the token. Nothing of letters or digits stands before it.
_TOKENS = (
    ("akia", r"AKIA[A-Z0-9]{16}"),
    ("asia", r"ASIA[A-Z0-9]{16}"),
    ("a3t", r"A3T[A-Z0-9]{17}"),
    ("abia", r"ABIA[A-Z0-9]{16}"),
    ("acca", r"ACCA[A-Z0-9]{16}"),
    ("gh", r"gh[pousr]_[A-Za-z0-9_]{20,255}"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{20,255}"),
    ("gl", r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_=.-]{20,300}"),
    ("gr1348941", r"GR1348941[A-Za-z0-9_-]{20,}"),
    ("xox", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}"),
    ("xapp-", r"xapp-\d-[A-Za-z0-9-]{10,}"),
    ("hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}"),
    ("discord", r"discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{20,}"),
    ("k_", r"(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{10,}"),
    ("whsec_", r"whsec_[A-Za-z0-9+/=]{20,}"),
    ("aiza", r"AIza[A-Za-z0-9_-]{30,}"),
    ("ya29.", r"ya29\.[A-Za-z0-9_-]{20,}"),
    ("gocspx-", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    ("sk-", r"sk-(?:ant|proj|svcacct|admin|or-v1|lf)-[A-Za-z0-9_-]{16,}"),
    ("sk-", r"sk-[A-Za-z0-9]{32,}"),
    ("npm_", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-", r"pypi-[A-Za-z0-9_-]{40,}"),
    ("rubygems_", r"rubygems_[0-9a-f]{48}"),
    ("dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    ("eyj", r"eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){2,4}"),
    ("sg.", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("sk", r"SK[0-9a-f]{32}"),
    ("key-", r"key-[0-9a-f]{32}"),
    ("-us", r"[0-9a-f]{32}-us\d{1,2}"),
    ("_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    ("hf_", r"hf_[A-Za-z0-9]{30,}"),
    ("gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    ("r8_", r"r8_[A-Za-z0-9]{37,}"),
    ("pplx-", r"pplx-[A-Za-z0-9]{40,}"),
    ("xai-", r"xai-[A-Za-z0-9]{60,}"),
    (":aa", r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    ("shp", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    ("sq0", r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,}"),
    ("eaaa", r"EAAA[A-Za-z0-9_-]{40,}"),
    ("hv", r"hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    (".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}"),
    ("dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("lin_api_", r"lin_api_[A-Za-z0-9]{32,}"),
    ("atatt3", r"ATATT3[A-Za-z0-9_=-]{50,}"),
    ("gl", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}"),
    ("nra", r"NRA[KA]-[A-Z0-9]{27}"),
    ("pmak-", r"PMAK-[A-Za-z0-9]{24}-[A-Za-z0-9]{34}"),
    ("sbp_", r"sbp_[0-9a-f]{40}"),
    ("dp.", r"dp\.(?:pt|st|ct|scim|audit)\.[A-Za-z0-9_.-]{40,}"),
    ("pul-", r"pul-[0-9a-f]{40}"),
    ("secret_", r"secret_[A-Za-z0-9]{43}"),
    ("ntn_", r"ntn_[A-Za-z0-9]{40,}"),
    ("fig", r"fig[duor]{1,2}_[A-Za-z0-9_-]{36,}"),
    ("cio", r"cio[A-Za-z0-9]{32}"),
    ("tskey-", r"tskey-[a-z]+-[A-Za-z0-9]{8,}-?[A-Za-z0-9]*"),
    ("pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("sntry", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    ("age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    (  # cut in its middle, as pytest shows long values
        "...",
        r"(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|(?:sk|rk|pk)_(?:live|test|prod)_|sk-|AKIA|ASIA|AIza|npm_"
        r"|pypi-|hf_|eyJ|SG\.|dapi|hv[sbr]\.)[A-Za-z0-9_.-]{1,60}?\.\.\.[A-Za-z0-9_-]+",
    ),
    ("m", r"[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,}"),
)


_STRONG = r"passwords?|passwd|passphrase|passcode|pwd|secrets?|(?<![a-z])pass"
_WEAK = (
    r"(?:api|access|account|private|signing|encryption|shared|secret|auth)[_-]?key(?:[_-]?id)?|tokens?"
    r"|credentials?|auth|authorization|session[_-]?id|(?<![a-z])key"
)
_BETWEEN = r"""\\?["']?\]?[ \t]{0,3}(?::[ \t]?\w{1,20}[ \t]?=|:=|=>|={1,2}|:)[ \t]{0,3}"""  # `: str = ` too
_QUOTED = r"""\\?"(?:[^"\\\n]|\\[^"\n])*+|\\?'(?:[^'\\\n]|\\[^'\n])*+"""
_PLAIN = r"""[^\s"'`,;&|<>(){}\[\]\\]++"""
_PAIR = re.compile(
    rf"""(?i)((?:({_STRONG})|{_WEAK}){_BETWEEN}(?:[bfru]{{0,2}}(?=\\?["']))?)({_QUOTED}|{_PLAIN})(?=(.?))"""
)
_LISTED = re.compile(rf"(?i)((?:{_STRONG}){_BETWEEN}[\[({{])([^\])}}\n]++)")
_ITEM = re.compile(rf"({_QUOTED})(\\?[\"']?)|{_PLAIN}")
_UNCLOSED = re.compile(  # `p{ss1`: no bracket that a program would have left open
    rf"""(?i)((?:{_STRONG}){_BETWEEN})(?=[^\s"'`]{{0,99}}\d)([^\s"'`()\[\]{{}}]{{1,99}}+"""
    r"""(?:\{(?!\S{0,200}\})|\[(?![^\n]{0,200}\])|\((?![^\n]{0,200}\)))[^\s"'`]++)"""
)
_OPTION = re.compile(rf"(?i)(--[\w-]{{0,30}}(?:{_STRONG}|{_WEAK})[ \t]+)(?!-)({_PLAIN})")
_NEARBY = re.compile(
    rf"(?i)((?:{_STRONG}|{_WEAK})[^\w\n]{{1,4}}(?:\w{{1,10}}[^\w\n]{{1,3}}){{0,2}}+)([A-Za-z0-9+/_=.-]{{20,}}+)"
)
_HEADER = re.compile(
    r"(?i)(\b(?:bearer|basic|digest|negotiate|authorization\W{1,5}token)[ \t]+)([A-Za-z0-9._~+/=-]{8,}+)"
)
_LOGIN = re.compile(
    r"""(?<![\w-])(-u[ \t]{0,3}|--(?:proxy-)?user[ \t=]{1,3})(["']?[^\s:"'`/]+:)([^\s"'`]+)"""
)
_SIGNED = re.compile(
    r"""(?i)(\bsig(?:nature)?(?:=|%3d)|\bx-(?:amz|goog)-signature["']?: ?["']?)([A-Za-z0-9%+/=_-]{20,}+)"""
)
_COOKIE = re.compile(r"(?i)(\bcookie\\?[\"']?[ \t]?:[ \t]?\\?[\"']?)([\w.-]+=[^\n\"'\\]+)")
_USER = re.compile(r"(://)(?!git@)(?:[^\s/?#\"'<>\\]+|[^\s:/?#\"'<>@]*:(?!\d{1,5}/)[^\s\"'<>]{1,200})(?=@)")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.)*?(?:-----END [A-Z0-9 ]{0,60}-----|\Z)"
)
_HOME = re.compile(
    r"(?<![\w.~-])(?:/var|/export)?/(?:home|Users)/[^/\\\s:\"'`<>|,;()]+"
    r"|(?<![\w.~-])/root(?=/)"
    r"|(?i:\b[a-z]:[\\/]{1,4}users[\\/]{1,4}(?:[^\\/\r\n:\"'<>|]+(?=[\\/])|[^\\/\s:\"'<>|]+))"
)
_PLACEHOLDER = re.compile(r"[^\w@#!?]*|\$[A-Z_][A-Z0-9_]*|\$?\{.*\}|<.*>?|%\(?\w*\)?s?|[xX.*]+")
_CODE_WORDS = frozenset(
    "str bytes int bool float none null nil true false any object self optional required string password"  # noqa: SIM905
    " secret token text missing empty invalid expired unset changeme secretstr".split()
)
_CODE = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+\.?")
_WORD = re.compile(r"[A-Za-z_]+")
_HEX = re.compile(r"[0-9a-fA-F-]{20,}")


def mask(text: str) -> str:
    """The text without what looks like a secret, homes as `~`. Masking twice gives the same as once."""
    for _ in range(_ROUNDS):
        masked = _masked(text)
        if masked == text:
            break
        text = masked
    return text


def cap(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis at the end where some are left out."""
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS


def masked_and_capped(text: str, limit: int) -> str:
    """Both, in this order: half a token would not be recognised. Of a huge text only the begin is read."""
    return cap(mask(text[: limit + _MARGIN]), limit)


def is_secret_name(name: str) -> bool:
    """Whether a key or column of this name holds a secret, so that all below it is masked."""
    return _SECRET_NAME.search(name) is not None


def is_count_name(name: str) -> bool:
    """Whether a number below this secret name counts something: `tokens` used, tests that `pass`."""
    return _COUNT_NAME.search(name) is not None


def mask_names(names: Collection[str], masked: Callable[[str], str]) -> list[str]:
    """What `masked` makes of each of these different names; those that become equal get a number.

    A name that stays as it is keeps itself; the numbers do not depend on the order that is given.
    """
    found = {name: masked(name) for name in names}
    taken = {name for name, new in found.items() if name == new}
    numbers: dict[str, int] = {}
    for name in sorted(set(found) - taken):
        new = wanted = found[name]
        while new in taken:
            numbers[wanted] = numbers.get(wanted, 1) + 1
            new = f"{wanted} ({numbers[wanted]})"
        taken.add(new)
        found[name] = new
    return [found[name] for name in names]


_SECRET_NAME = re.compile(rf"(?i)(?:{_STRONG}|{_WEAK.removesuffix('|(?<![a-z])key')})\Z")
_COUNT_NAME = re.compile(r"(?i)(?:tokens|\Apass)\Z")
_COMPILED = tuple((hint, re.compile(rf"(?<![A-Za-z0-9])(?:{token})")) for hint, token in _TOKENS)
_SHORTEST = 15  # characters of a token, none of them a blank
_WORD_HINTS = ("pass", "pwd", "secret", "key", "token", "credential", "auth", "session", "bearer", "basic")
_HOME_HINTS = ("/home/", "users", "/root/")


def _masked(text: str) -> str:
    lower = text.lower()
    if "private key" in lower:
        text = _KEY_BLOCK.sub(MASK, text)
    if "://" in text:
        text = _USER.sub(rf"\1{MASK}", text)
    if max(map(len, text.split()), default=0) >= _SHORTEST:
        for hint, token in _COMPILED:
            if hint in lower:
                text = token.sub(MASK, text)
    if any(map(lower.__contains__, _WORD_HINTS)):
        text = _UNCLOSED.sub(rf"\1{MASK}", text)
        text = _LISTED.sub(_listed, text)
        text = _PAIR.sub(_pair, text)
        text = _OPTION.sub(_option, text)
        text = _NEARBY.sub(_nearby, text)
        text = _HEADER.sub(_header, text)
    if "-u" in lower:
        text = _LOGIN.sub(_login, text)
    if "sig" in lower:
        text = _SIGNED.sub(_nearby, text)
    if "cookie" in lower:
        text = _COOKIE.sub(rf"\1{MASK}", text)
    if any(map(lower.__contains__, _HOME_HINTS)):
        text = _HOME.sub("~", text)
    return text


def _pair(match: re.Match[str]) -> str:
    before, strong, value, after = match.groups()
    quote = value[: value.index(value.lstrip("\\")[0]) + 1] if value.lstrip("\\")[:1] in ("'", '"') else ""
    inner = value[len(quote) :]
    secret = _is_quoted_secret(inner, strong) if quote else _is_plain_secret(inner, strong, before, after)
    return before + quote + MASK if secret else match[0]


def _is_quoted_secret(value: str, strong: str | None) -> bool:
    if _PLACEHOLDER.fullmatch(value) or value.lower() in _CODE_WORDS:
        return False
    return bool(strong) or (" " not in value and _is_mixed(value))


def _is_plain_secret(value: str, strong: str | None, before: str, after: str) -> bool:
    """A value without quotes: in a log or a settings file a secret, in code most often a name."""
    if _PLACEHOLDER.fullmatch(value) or value.lower() in _CODE_WORDS or after in tuple("([{"):
        return False
    if _CODE.fullmatch(value):
        return False  # settings.password
    if not strong:
        return _is_mixed(value)
    tight = before.endswith("=") or before.rstrip().endswith(":")
    return _WORD.fullmatch(value) is None or (tight and "_" not in value)


def _listed(match: re.Match[str]) -> str:
    return match[1] + _ITEM.sub(_item, match[2])


def _item(match: re.Match[str]) -> str:
    value = match[0]
    if match[1]:
        quote = value[: 2 if value[0] == "\\" else 1]
        secret = _is_quoted_secret(match[1][len(quote) :], "strong")
        return quote + MASK + match[2] if secret else value
    return MASK if len(value) >= 4 and any(char.isdigit() for char in value) else value


def _login(match: re.Match[str]) -> str:
    value = match[3]
    named = value.isdigit() and match[2].strip("\"':").isdigit()  # user and group by number
    is_shown = named or _PLACEHOLDER.fullmatch(value) or value.lower() in _CODE_WORDS
    return match[0] if is_shown else match[1] + match[2] + MASK


def _option(match: re.Match[str]) -> str:
    return match[0] if _PLACEHOLDER.fullmatch(match[2]) else match[1] + MASK


def _nearby(match: re.Match[str]) -> str:
    return match[1] + MASK if _is_random(match[2]) else match[0]


def _header(match: re.Match[str]) -> str:
    return match[1] + MASK if _is_mixed(match[2]) or match[2].endswith("=") else match[0]


def _is_mixed(value: str) -> bool:
    """Eight characters or more with a digit and a letter: no word, no number."""
    return len(value) >= 8 and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _is_random(value: str) -> bool:
    """A long run that nobody would write by hand: hexadecimal, or upper, lower and digits mixed."""
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    if len(value) < 20 or len(set(value)) < 8 or digits < 3 or letters < 3:
        return False
    mixed = any(char.isupper() for char in value) and any(char.islower() for char in value)
    return _HEX.fullmatch(value) is not None or mixed or (digits >= 4 and value.isalnum())


# -- traces: frames are kept, local variables are not ------------------------------------------------

_LOCAL = re.compile(r" {4}(?:\(self\)|[A-Za-z_]\w*) = |[A-Za-z_]\w* *= ")
_FRAME = re.compile(r'\s*File "|\S')


def keep_frames(trace: str) -> str:
    """The trace without the values of local variables: those of the standard library, pytest and rich."""
    kept: list[str] = []
    dropping = boxed = False
    before = ""
    for line in trace.split("\n"):
        if "─ locals ─" in line:
            boxed = True
        if boxed:
            boxed = "╰" not in line
            continue
        is_source = before.lstrip().startswith('File "')
        if not is_source and _LOCAL.match(line):
            dropping = True
        elif dropping and (not line.strip() or (_FRAME.match(line) and not line.startswith("     "))):
            dropping = False
        if not dropping:
            kept.append(line)
            before = line
    return "\n".join(kept)
