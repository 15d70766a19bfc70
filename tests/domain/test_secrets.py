"""Secrets are taken out, and nothing else is. Tokens are put together here: none stands in this file."""

from __future__ import annotations

import random
import string
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.secrets import (
    cap,
    is_count_name,
    is_secret_name,
    keep_frames,
    mask,
    mask_names,
    masked_and_capped,
)
from tests.repo import ROOT

_DICE = random.Random(3)
HEX = "0123456789abcdef"
WORD = string.ascii_letters + string.digits
BIG = string.ascii_uppercase + string.digits
LOW = string.ascii_lowercase + string.digits


def some(count: int, of: str = WORD) -> str:
    """Random characters, digits among them."""
    return "".join(_DICE.choices(of, k=count - 3)) + "7" + of[-1] + of[0]


# As their providers document them, and secret scanners look for them.
TOKENS = {
    "aws": "AKIA" + some(16, BIG),
    "aws session": "ASIA" + some(16, BIG),
    "github": "ghp_" + some(36),
    "github oauth": "gho_" + some(36),
    "github app": "ghs_" + some(36),
    "github refresh": "ghr_" + some(76),
    "github fine": "github_pat_" + some(22) + "_" + some(59),
    "gitlab": "glpat-" + some(20),
    "gitlab routable": "glpat-" + some(27) + ".01." + some(9, LOW),
    "gitlab deploy": "gldt-" + some(20),
    "gitlab runner": "glrt-" + some(20),
    "gitlab registration": "GR1348941" + some(20),
    "slack bot": "xoxb-" + some(12, string.digits) + "-" + some(12, string.digits) + "-" + some(24),
    "slack user": "xoxp-" + some(12, string.digits) + "-" + some(32, HEX),
    "slack app": "xapp-1-" + some(11, BIG) + "-" + some(13, string.digits) + "-" + some(64, HEX),
    "slack hook": "https://hooks.slack.com/services/T" + some(8, BIG) + "/B" + some(8, BIG) + "/" + some(24),
    "discord hook": "https://discord.com/api/webhooks/" + some(18, string.digits) + "/" + some(68),
    "stripe": "sk_live_" + some(24),
    "stripe restricted": "rk_live_" + some(99),
    "stripe hook": "whsec_" + some(32),
    "google": "AIza" + some(35),
    "google oauth": "ya29." + some(60),
    "google client": "GOCSPX-" + some(28),
    "openai": "sk-" + some(20) + "T3BlbkFJ" + some(20),
    "openai project": "sk-proj-" + some(74) + "_" + some(20),
    "anthropic": "sk-ant-api03-" + some(93) + "AA",
    "openrouter": "sk-or-v1-" + some(64, HEX),
    "npm": "npm_" + some(36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + some(80),
    "rubygems": "rubygems_" + some(48, HEX),
    "docker": "dckr_pat_" + some(27),
    "jwt": "eyJ" + some(33) + ".eyJ" + some(60) + "." + some(43),
    "jwe": "eyJ" + some(40) + "." + some(40) + "." + some(16) + "." + some(40) + "." + some(22),
    "sendgrid": "SG." + some(22) + "." + some(43),
    "twilio": "SK" + some(32, HEX),
    "mailgun": "key-" + some(32, HEX),
    "mailchimp": some(32, HEX) + "-us12",
    "digitalocean": "dop_v1_" + some(64, HEX),
    "huggingface": "hf_" + some(34),
    "groq": "gsk_" + some(52),
    "replicate": "r8_" + some(37),
    "perplexity": "pplx-" + some(48),
    "xai": "xai-" + some(80),
    "telegram": some(10, string.digits) + ":AA" + some(33),
    "shopify": "shpat_" + some(32, HEX),
    "square": "sq0csp-" + some(43),
    "square token": "EAAA" + some(60),
    "vault": "hvs." + some(90),
    "terraform": some(14) + ".atlasv1." + some(67),
    "databricks": "dapi" + some(32, HEX),
    "linear": "lin_api_" + some(40),
    "atlassian": "ATATT3" + some(186),
    "grafana": "glsa_" + some(32) + "_" + some(8, HEX),
    "grafana cloud": "glc_" + some(60),
    "new relic": "NRAK-" + some(27, BIG),
    "postman": "PMAK-" + some(24, HEX) + "-" + some(34, HEX),
    "supabase": "sbp_" + some(40, HEX),
    "doppler": "dp.pt." + some(43),
    "pulumi": "pul-" + some(40, HEX),
    "notion": "secret_" + some(43),
    "notion new": "ntn_" + some(46),
    "figma": "figd_" + some(40),
    "crates": "cio" + some(32),
    "tailscale": "tskey-auth-" + some(12) + "-" + some(32),
    "airtable": "pat" + some(14) + "." + some(64, HEX),
    "sentry": "sntrys_" + some(60),
    "age": "AGE-SECRET-KEY-1" + some(58, BIG),
    "discord bot": "M" + some(23) + "." + some(6) + "." + some(38),
}
PLACES = (
    "{}",
    "see {} there",
    "x='{}'",
    "KEY={}",
    '{{"a": "{}"}}',
    "https://h/?q={}&x=1",
    "a\n{}\nb",
    "({})",
)


@pytest.mark.parametrize("name", TOKENS)
@pytest.mark.parametrize("place", PLACES)
def test_tokens_of_providers_are_masked_wherever_they_stand(name: str, place: str) -> None:
    token = TOKENS[name]
    masked = mask(place.format(token))
    assert "***" in masked
    assert token[-12:] not in masked


SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "password: hunter2",
        "Password = hunter2",
        "DB_PASSWORD=hunter2",
        "dbPassword: 'hunter2'",
        'passwd="hunter2"',
        'PWD="hunter2 with blanks"',
        '{"password": "hunter2"}',
        '{\\"password\\": \\"hunter2\\"}',
        "{'client_secret': 'hunter2'}",
        'params["password"] = "hunter2"',
        'password: str = "hunter2"',
        "login(user='bob', password='hunter2')",
        'if password == "hunter2":',
        "secret => hunter2",
        "pass: hunter2!",
        "https://h/?password=hunter2&x=1",
        "mysql --password hunter2 -u root",
        "mysql --password=hunter2",
        "https://bob:hunter2@example.org/x",
        "postgres://bob:hunter2@db:5432/x",
        "https://hunter2@github.com/x",
        "redis://:hunter2@localhost",
        "https://bob:hun/ter2hunter2@example.org",
        "token=hunter2hunter2",
        'api_key="hunter2hunter2"',
        "X-Api-Key: hunter2hunter2",
        "access_token: hunter2hunter2",
        "Authorization: Basic aHVudGVyMg==hunter2",
        "Authorization: Bearer hunter2hunter2",
        "authorization: token hunter2hunter2",
        "Cookie: session=hunter2; a=b",
        "Set-Cookie: id=hunter2; Path=/",
        "password=$hunter2",
        "password=***hunter2",
        "password: hunter2...",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----",
    ],
)
def test_values_after_telling_words_are_masked(text: str) -> None:
    masked = mask(text)
    assert SECRET not in masked
    assert "hun/ter2" not in masked
    assert "***" in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("DB_PASSWORD=Summer2024", "DB_PASSWORD=***"),
        ("password: Hunter2", "password: ***"),
        ("pwd=Qwerty12345", "pwd=***"),
        ("MYSQL_ROOT_PASSWORD: S3cretPass", "MYSQL_ROOT_PASSWORD: ***"),
        ("secret=ABCDEF123456", "secret=***"),
        ("SECRET_KEY = Django1nsecure", "SECRET_KEY = ***"),
        ("api_key=Abcdefgh12345678", "api_key=***"),
        ("passwd: P4ss.Word", "passwd: ***"),
        ("password=_under1", "password=***"),
        ("password=Summer", "password=***"),
        ("password=Friday", "password=***"),  # which begins like a prefix of a text
        ('password = b"Hunter2"', 'password = b"***"'),
        ("password=[hunter2]", "password=[***]"),
        ("passwords: (hunter2, Hunter3)", "passwords: (***, ***)"),
        ('{"passwords": ["hunter2", "b"], "n": [1]}', '{"passwords": ["***", "***"], "n": [1]}'),
        ('{\\"passwords\\": [\\"hunter2\\"]}', '{\\"passwords\\": [\\"***\\"]}'),
        ("password=p{ss1", "password=***"),
        ("password=p{ss1 of {name}", "password=*** of {name}"),
        ("password=p(ss1", "password=***"),
        ("curl -u admin:hunter2 https://h/", "curl -u admin:*** https://h/"),
        ("curl -uadmin:hunter2 https://h/", "curl -uadmin:*** https://h/"),
        ("curl -u 'admin:hunter2' https://h/", "curl -u 'admin:***' https://h/"),
        ("curl --user admin:hunter2 https://h/", "curl --user admin:*** https://h/"),
        (f"https://h/x?X-Amz-Signature={HEX * 4}&a=1", "https://h/x?X-Amz-Signature=***&a=1"),
        (f'"X-Goog-Signature": "{HEX * 4}"', '"X-Goog-Signature": "***"'),
        ("https://h/x?sig=abC1%2Bdefgh2JKLmnop3qrs%3D&se=1", "https://h/x?sig=***&se=1"),
    ],
)
def test_values_that_look_like_names_in_code_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


def test_a_long_list_of_secrets_is_masked_at_once() -> None:
    text = "passwords=[" + ", ".join(f"hunter{number}" for number in range(2000)) + "]"
    assert set(mask(text)[11:-1].split(", ")) == {"***"}


@pytest.mark.parametrize("word", ["password", "the token", "api key", "your secret"])
@pytest.mark.parametrize("run", [some(32, HEX), some(40), some(40, WORD + "+/")])
def test_random_runs_near_such_words_are_masked(word: str, run: str) -> None:
    assert run not in mask(f"{word} is {run}")


@pytest.mark.parametrize(
    "text",
    [
        "IndexError: list index out of range",
        "password: str",
        "def login(user: str, password: str) -> bool:",
        "password = get_password()",
        "self.password = password",
        "password=settings.password",
        'password = os.environ["PASSWORD"]',
        "password=${PASSWORD}",
        "password=Settings.PASSWORD",
        "password: SecretStr",
        "password=DB_PASSWORD",
        "password = get_password(",
        "secrets = [one for one in found]",
        "docker run -u 1000:1000 image",
        "curl -u $NAME:$WORD https://h/",
        "signature=inspect_signature_of_3",
        "password = None",
        "token = tokens[0]",
        "max_tokens=1000",
        "tokens: 123456789",
        "key=lambda one: one.name",
        "sorted(names, key=len)",
        "for key, value in pairs:",
        'data["key"] = 3',
        "the author is unknown",
        "author=somebody",
        "secretary: anybody",
        "commit 3f2a9c01d4e5f60718293a4b5c6d7e8f90a1b2c3",
        "git clone https://git@github.com/x/y",
        "https://example.org/home/Page",
        "http://localhost:8080/path?mail=a@b.org",
        "mail bob@example.org",
        "src/home/Views.py",
        "basic auth is needed",
        "the bearer of this",
        "task-list-of-the-day-and-more-words",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/home/Bob/project/a.py", "~/project/a.py"),
        ('File "/Users/Bob/a.py", line 3', 'File "~/a.py", line 3'),
        ("/var/home/Bob/a.py", "~/a.py"),
        ("file:///home/Bob/a.py", "file://~/a.py"),
        ("/root/a.py", "~/a.py"),
        ("C:\\Users\\bob\\a.py", "~\\a.py"),
        ("C:\\\\Users\\\\John Doe\\\\a.py", "~\\\\a.py"),
        ("c:/users/bob/a.py", "~/a.py"),
        ("/home/Bob", "~"),
    ],
)
def test_home_folders_become_a_tilde(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_the_rest_of_the_line_stays() -> None:
    text = 'connect(host="db", password="hunter2", port=5432) failed'
    assert mask(text) == 'connect(host="db", password="***", port=5432) failed'


_PIECES = st.sampled_from(
    [
        *(
            "password",
            "token",
            "api_key",
            "key",
            "secret",
            "=",
            ": ",
            " = ",
            '"',
            "'",
            '\\"',
            "\\",
            " ",
            "\n",
        ),
        *("***", "hunter2", "://", "@", ":", "/", "/home/", "bob", "C:\\Users\\", "--password ", "Bearer "),
        *(
            "Cookie: ",
            "a=b",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "ghp_",
            "eyJ",
            ".",
            "~",
        ),
        *("{", "]", "}", ")", ", ", "-u ", "Hunter2", "_", "sig="),
        *(some(36), some(40, HEX), "[", "(", "str", "${X}", "…"),
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=12).map("".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


def test_of_our_own_lines_few_are_changed() -> None:
    paths = [*(ROOT / "feedback_loop").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]
    changed = [line for line in lines if mask(line) != line]
    assert len(lines) > 10_000
    assert len(changed) < len(lines) / 100, changed[:20]


def test_hostile_texts_take_no_time_to_speak_of() -> None:
    """What would make a backtracking expression run for hours; a run that ends is the assertion."""
    for piece in (
        "a",
        ":",
        "password",
        "password=",
        "://",
        '\\"',
        "-----BEGIN PRIVATE KEY-----",
        "/home/",
        "eyJ.",
        "--",
        "x=",
        "token ",
        "Cookie: ",
        " ",
        "password=[",
        'password=["',
        "password=p{1",
        "-u a:",
        "sig=",
    ):
        mask(piece * (50_000 // len(piece)))


# -- caps ------------------------------------------------------------------------------------------


def test_a_text_within_its_limit_stays() -> None:
    assert cap("abc", 3) == "abc"
    assert cap("abcd", 3) == "ab…"
    assert cap(cap("abcd", 3), 3) == "ab…"


def test_masking_comes_before_the_cut() -> None:
    text = "e" * 90 + " " + TOKENS["github"]
    assert masked_and_capped(text, 100) == "e" * 90 + " ***"
    assert len(masked_and_capped("e" * (1 << 20), 100)) == 100


@pytest.mark.parametrize(
    "name", ["password", "DB_PASSWORD", "apiKey", "access_token", "client-secret", "auth"]
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["key", "author", "tokenizer", "name", "password_hint", "keys"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "counts"), [("total_tokens", True), ("pass", True), ("token", False), ("db_pass", False)]
)
def test_names_of_counts(name: str, counts: bool) -> None:
    assert is_secret_name(name)
    assert is_count_name(name) is counts


def test_names_that_become_equal_get_a_number() -> None:
    names = ["/home/Bob/x", "a", "/home/Al/x", "~/x (2)", "/root/x"]
    assert mask_names(names, mask) == ["~/x (3)", "a", "~/x", "~/x (2)", "~/x (4)"]
    assert mask_names(names[::-1], mask) == mask_names(names, mask)[::-1]
    assert mask_names(mask_names(names, mask), mask) == mask_names(names, mask)


# -- traces ----------------------------------------------------------------------------------------


def fail(depth: int) -> None:
    pin = "4711-pin"
    if depth:
        fail(depth - 1)
    raise ValueError(len(pin))


def test_local_variables_leave_a_trace_of_the_standard_library() -> None:
    try:
        fail(2)
    except ValueError as error:
        plain = "".join(traceback.TracebackException.from_exception(error).format())
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "4711-pin" in told
    assert keep_frames(told) == plain
    assert keep_frames(plain) == plain


PYTEST = """
    def test_a():
        items = []
        user = "bob"
>       first = items[0]
E       IndexError: list index out of range

items      = []
user       = 'bob smith'

tests/test_a.py:4: IndexError"""


def test_those_of_pytest_too() -> None:
    kept = keep_frames(PYTEST)
    assert "bob smith" not in kept
    assert "items      =" not in kept
    assert kept.endswith("\ntests/test_a.py:4: IndexError")
    assert ">       first = items[0]\nE       IndexError" in kept


def test_those_of_rich_too() -> None:
    box = "│   3 x = f()\n│ ╭──── locals ────╮ │\n│ │ user = 'bob' │ │\n│ ╰────────────────╯ │\n│   4 y"
    assert keep_frames(box) == "│   3 x = f()\n│   4 y"


def test_a_token_that_was_cut_in_its_middle_is_masked() -> None:
    told = "assert 'ghp_a1B2c3D4" + "...2m3N4o5P6q7R8' == 'x'"
    assert mask(told) == "assert '***' == 'x'"
    assert mask("wait for it ... and more...or less") == "wait for it ... and more...or less"
