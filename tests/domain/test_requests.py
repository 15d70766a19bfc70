import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.requests import (
    Request,
    curl_request,
    is_endpoint,
    logged_requests,
    named_request,
    path_of,
    requests_in,
    stated_request,
    telling_request,
    template_of,
)


@pytest.mark.parametrize("text", ["", "no request", "use GET", "TARGET /a", "forget /a", "POST a", "GETS /a"])
def test_text_without_a_request(text: str) -> None:
    assert list(requests_in(text)) == []
    assert logged_requests(text) == []


@pytest.mark.parametrize(
    ("line", "endpoint", "status"),
    [
        (
            'INFO httpx: HTTP Request: POST http://testserver/a?b=1 "HTTP/1.1 500 Internal Server Error"',
            "POST /a",
            500,
        ),
        ('INFO:     127.0.0.1:43394 - "GET /a/7 HTTP/1.1" 200 OK', "GET /a/7", 200),
        ('127.0.0.1 - - [22/Nov/2026 07:54:37] "DELETE /a HTTP/1.1" 500 -', "DELETE /a", 500),
        ('[22/Nov/2026 07:54:37] "PUT /a/ HTTP/1.1" 404 145', "PUT /a/", 404),
        ('10.0.0.1 - - [22/Nov/2026:07:54:37 +0000] "GET / HTTP/2" 301 0 "-" "curl"', "GET /", 301),
        ("ERROR in app: Exception on /a [POST]", "POST /a", 500),
        ("ERROR django.request: Internal Server Error: /a/", "* /a/", 500),
        ("Not Found: /a", "* /a", 404),
    ],
)
def test_lines_of_clients_and_servers(line: str, endpoint: str, status: int) -> None:
    assert logged_requests(line) == [Request(endpoint, status)] == list(requests_in(line))


def test_words_that_name_a_request_are_no_log_of_one() -> None:
    assert logged_requests("use GET /a instead") == []
    assert list(requests_in("use GET /a instead")) == [Request("GET /a")]


def test_a_request_of_the_upgrade_is_read_without_its_status() -> None:
    assert logged_requests('"GET /ws HTTP/1.1" accepted') == [Request("GET /ws")]


@pytest.mark.parametrize(
    ("statuses", "index"),
    [([200], 0), ([200, 201], 1), ([500, 200], 0), ([404, 500, 200], 1), ([None, 200], 1)],
)
def test_the_last_that_failed_tells_most_else_the_last(statuses: list[int | None], index: int) -> None:
    requests = [Request(f"GET /{number}", status) for number, status in enumerate(statuses)]
    assert telling_request(requests) == requests[index]


def test_of_none_none_tells() -> None:
    assert telling_request([]) is None


def test_the_name_of_a_test_may_name_its_request() -> None:
    assert named_request("tests/test_a.py::test_api[POST /a/{id}]") == "POST /a/{id}"
    assert named_request("tests/test_a.py::test_api[post]") == ""


def test_an_error_may_state_its_operation() -> None:
    assert stated_request('2 errors:\n\n  File "a.py", line 3, in get\n    GET /a/{id}\n') == "GET /a/{id}"
    assert (
        stated_request("curl -X PUT -H 'A: b' -d '{\"u\": \"http://x/y z\"}' 'http://host/a?b=1'") == "PUT /a"
    )
    assert curl_request("see curl -X") == stated_request("GET /a fails") == ""


@pytest.mark.parametrize(
    ("endpoint", "template"),
    [
        ("GET /a/7/b", "GET /a/{id}/b"),
        ("GET /a/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "GET /a/{id}"),
        ("GET /a/deadbeef01", "GET /a/{id}"),
        ("GET /a/deadbeef", "GET /a/{id}"),
        ("GET /a/-5", "GET /a/{id}"),
        (f"GET /a/{'x' * 65}/{{{'y' * 65}}}", f"GET /a/{{id}}/{{{'y' * 65}}}"),
        ("GET /a/feedback", "GET /a/feedback"),
        ("GET /v1/a", "GET /v1/a"),
        ("", ""),
    ],
)
def test_ids_of_a_path_become_a_parameter(endpoint: str, template: str) -> None:
    assert template_of(endpoint) == template


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://h/a?b#c", "/a"),
        ("http://h", "/"),
        ("/a#b", "/a"),
        ("https://h?x=/y", "/"),
        ("", "/"),
        ("/a?b?c", "/a"),
    ],
)
def test_the_path_of_a_url(url: str, path: str) -> None:
    assert path_of(url) == path


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80).map(lambda text: f"GET /{text} HTTP/1.1 500 curl -X GET http://{text}"))
def test_whatever_is_read_is_an_endpoint(text: str) -> None:
    found = [one.endpoint for one in [*requests_in(text), *logged_requests(text)]]
    assert all(is_endpoint(one) or one.startswith("* /") for one in found)
    assert curl_request(text) == "" or is_endpoint(curl_request(text))
