"""The rules of the edge: a real Caddy in front of a real object store and of services that echo."""

import http.client
import json
import shutil
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.processes.infrastructure import build_edge, build_store
from infra.local.provisioning.generated_secrets import StackSecrets
from infra.local.settings import REPOSITORY
from tests.servers.processes import LocalProcess, build_test_settings
from tests.servers.tools import require_tool

pytestmark = pytest.mark.integration


class Echo(BaseHTTPRequestHandler):
    """Answers with the request, so that a test sees what the edge forwarded."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/api/cut-off/"):
            self.close_connection = True
            self.send_response(int(self.path.rpartition("/")[2]))
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            return
        if "Transfer-Encoding" in self.headers:
            self.rfile.read()  # until the edge gives up
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        if self.path == "/api/refused":
            self.send_error(431)  # as a page, like gunicorn's own
            return
        body = json.dumps(
            {"name": self.server.name, "path": self.path, "headers": dict(self.headers)}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, format, *args):
        pass


@contextmanager
def run_echo(name, *, port):
    server = ThreadingHTTPServer(("127.0.0.1", port), Echo)
    server.name = name
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Edge, store and the two services behind the edge, on free ports: (settings, secrets)."""
    require_tool("caddy")
    state_dir = tmp_path_factory.mktemp("edge")
    settings, keys = build_test_settings(state_dir, client_root=state_dir / "no-client"), StackSecrets()
    (state_dir / "store" / settings.s3_bucket_name).mkdir(parents=True)
    processes = [
        LocalProcess(spec, log_path=state_dir / f"{spec.name}.log")
        for spec in (build_store(settings, secrets=keys), build_edge(settings))
    ]
    with (
        run_echo("job-service", port=settings.job_service_port),
        run_echo("events", port=settings.events_port),
    ):
        for process in processes:
            process.start()
        yield settings, keys
        for process in processes:
            process.stop()


@pytest.fixture
def edge(stack):
    return f"http://127.0.0.1:{stack[0].edge_port}"


@pytest.fixture
def s3(stack):
    """An S3 client that signs for the edge's own origin."""
    settings, keys = stack
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{settings.edge_port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key=keys.aws_secret_access_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"total_max_attempts": 1},
        ),
    )
    with closing(client):
        yield client


def put_object(s3, settings, *, key, body):
    url = s3.generate_presigned_url("put_object", {"Bucket": settings.s3_bucket_name, "Key": key}, 60)
    return requests.put(url, data=body, timeout=5)


def test_a_presigned_put_and_get_pass_through_the_edge(stack, s3):
    settings, _ = stack
    assert put_object(s3, settings, key="a/source.mp4", body=b"0123456789").status_code == 200
    url = s3.generate_presigned_url(
        "get_object", {"Bucket": settings.s3_bucket_name, "Key": "a/source.mp4"}, 60
    )
    answer = requests.get(url, timeout=5)
    assert answer.content == b"0123456789"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "body", "content_range"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_is_answered_206(stack, s3, wanted, body, content_range):
    settings, _ = stack
    put_object(s3, settings, key="b/range.mp4", body=b"0123456789")
    url = s3.generate_presigned_url(
        "get_object", {"Bucket": settings.s3_bucket_name, "Key": "b/range.mp4"}, 60
    )
    answer = requests.get(url, headers={"Range": wanted}, timeout=5)
    assert (answer.status_code, answer.content) == (206, body)
    assert answer.headers["Content-Range"] == content_range
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_a_tampered_key_is_refused_and_leaves_nothing(stack, s3):
    settings, _ = stack
    url = s3.generate_presigned_url(
        "put_object", {"Bucket": settings.s3_bucket_name, "Key": "c/mine.mp4"}, 60
    )
    assert requests.put(url.replace("mine", "yours"), data=b"x", timeout=5).status_code == 403
    assert not list((settings.state_dir / "store").rglob("yours*"))


def test_a_listing_reaches_the_store_and_not_the_client(s3, stack):
    settings, _ = stack
    put_object(s3, settings, key="list/one.mp4", body=b"x")
    listed = s3.list_objects_v2(Bucket=settings.s3_bucket_name, Prefix="list/")
    assert [item["Key"] for item in listed["Contents"]] == ["list/one.mp4"]
    answer = requests.get(f"http://127.0.0.1:{settings.edge_port}/{settings.s3_bucket_name}", timeout=5)
    assert answer.status_code in {400, 403}


def test_objects_cannot_be_deleted_through_the_edge(s3, stack):
    with pytest.raises(ClientError) as caught:
        s3.delete_object(Bucket=stack[0].s3_bucket_name, Key="a/source.mp4")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 405


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_a_write_to_an_unknown_address_is_405(edge, method):
    answer = requests.request(method, f"{edge}/no/such/place", data=b"x", timeout=5)
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/internal",
        "/internal/tasks/1/claim",
        "/api/../internal/tasks",
        "/api/%2e%2e/internal/tasks",
        "/api/..%2finternal/tasks",
        "//internal/tasks",
        "/INTERNAL/tasks",
    ],
)
def test_the_internal_api_is_not_reached_through_the_edge(stack, path):
    connection = http.client.HTTPConnection("127.0.0.1", stack[0].edge_port, timeout=5)
    connection.request("GET", path)  # sent as it is: requests would tidy the path up first
    assert connection.getresponse().status in {301, 308, 404}
    connection.close()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api", "job-service"),
        ("/api/jobs/7", "job-service"),
        ("/media/token/master.m3u8", "job-service"),
        ("/api/jobs/7/events", "events"),
        ("/api/jobs/7/events/more", "job-service"),
    ],
)
def test_each_path_reaches_its_service(edge, path, name):
    answer = requests.get(edge + path, timeout=5).json()
    assert (answer["name"], answer["path"]) == (name, path)


def test_a_caller_cannot_bring_a_request_id_or_a_service_token(edge):
    sent = {"X-Request-Id": "forged", "X-VideoForge-Service-Token": "stolen"}
    seen = requests.get(f"{edge}/api/health", headers=sent, timeout=5).json()["headers"]
    assert len(seen["X-Request-Id"]) == 36
    assert not {name for name in seen if name.lower() == "x-videoforge-service-token"}


def test_the_front_door_leads_to_the_docs_until_there_is_a_client(edge):
    answer = requests.get(f"{edge}/", allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs")
    assert requests.get(f"{edge}/robots.txt", timeout=5).text == "User-agent: *\nDisallow: /\n"
    nowhere = requests.get(f"{edge}/nowhere", timeout=5)
    assert nowhere.status_code == 404
    assert nowhere.headers["X-Frame-Options"] == "DENY"


def test_a_body_that_is_too_large_for_the_api_is_a_problem(edge):
    answer = requests.post(f"{edge}/api/jobs", data=b"x" * 3_000_000, timeout=5)
    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


@pytest.mark.parametrize("status", [408, 413])
def test_who_was_cut_off_is_told_so_and_the_connection_ends(stack, status):
    """The rest of the body never comes: an edge that waited for it would not forward the
    response."""
    head = f"POST /api/cut-off/{status} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nxxx"
    answer = send_raw(stack[0].edge_port, head)
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "connection: close" in answer.lower()


@pytest.mark.parametrize("path", ["/nowhere", "/"])
def test_an_answer_without_the_body_does_not_wait_for_it(stack, path):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nxxx"
    answer = send_raw(stack[0].edge_port, head)
    assert answer.startswith("HTTP/1.1 405 ")
    assert "connection: close" in answer.lower()


def send_raw(port, text):
    """Send this as it is and return the head of the response."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(text.encode())
        return client.recv(65536).decode(errors="replace")


@pytest.mark.parametrize(("path", "is_problem"), [("/api/x", True), ("/media/t/x", True), ("/bucket", False)])
def test_chunks_that_cannot_be_read_are_the_callers_fault(stack, path, is_problem):
    settings, _ = stack
    path = f"/{settings.s3_bucket_name}/x" if path == "/bucket" else path
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = send_raw(settings.edge_port, head + "ZZ\r\n{}\r\n0\r\n\r\n")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "connection: close" in answer.lower()
    assert ('"code":"bad_request"' in answer, "application/problem+json" in answer) == (
        is_problem,
        is_problem,
    )


def test_what_the_server_refuses_by_a_page_is_a_problem(edge):
    answer = requests.get(f"{edge}/api/refused", timeout=5)
    assert answer.status_code == answer.json()["status"] == 431
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_the_private_port_has_health_and_metrics(stack):
    private = f"http://127.0.0.1:{stack[0].edge_private_port}"
    assert requests.get(f"{private}/health", timeout=5).text == "ok"
    assert "caddy_http_requests_total" in requests.get(f"{private}/metrics", timeout=5).text


@pytest.fixture
def client_stack(tmp_path):
    """The settings of an edge with a built client, and no services behind it."""
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>client</title>")
    (root / "assets" / "app.js").write_text("1")
    (root / "config.json").write_text("{}")
    (tmp_path / "run").mkdir()
    settings = build_test_settings(
        tmp_path, client_root=root, site_name='The "Forge" {env.HOME}', sign_up=False, max_upload_bytes=7
    )
    process = LocalProcess(build_edge(settings), log_path=tmp_path / "edge.log")
    process.start()
    yield settings
    process.stop()


@pytest.fixture
def client_edge(client_stack):
    return f"http://127.0.0.1:{client_stack.edge_port}"


def test_a_service_that_is_down_is_a_problem_with_a_request_id(client_edge):
    answer = requests.get(f"{client_edge}/api/health", timeout=5)
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["code"] == "service_unavailable"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_a_built_client_answers_its_own_views_and_nothing_else(client_edge):
    for path in ("/", "/videos/7"):
        answer = requests.get(client_edge + path, timeout=5)
        assert (answer.status_code, answer.text) == (200, "<title>client</title>")
        assert answer.headers["Cache-Control"] == "no-cache"
    asset = requests.get(f"{client_edge}/assets/app.js", timeout=5)
    assert "immutable" in asset.headers["Cache-Control"]
    assert requests.get(f"{client_edge}/assets/gone.js", timeout=5).status_code == 404
    assert requests.put(f"{client_edge}/videos/7", data=b"x", timeout=5).status_code == 405


@pytest.mark.parametrize("path", ["/nowhere", "/videos/7/more", "/videos", "/wp-login"])
def test_an_unknown_address_is_a_404_with_the_clients_own_page(client_edge, path):
    answer = requests.get(client_edge + path, timeout=5)
    assert (answer.status_code, answer.text) == (404, "<title>client</title>")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert read_policy(answer)["script-src"] == ["'self'"]


@pytest.mark.parametrize(
    "path",
    [
        *("/sitemap.xml", "/manifest.webmanifest", "/wp-login.php", "/index.html", "/assets/", "/assets/app"),
        *("/.env", "/.git/config", "/.well-known/security.txt", "/assets/.hidden", "/a/..%2f.env"),
    ],
)
def test_a_file_that_is_not_there_and_one_that_is_hidden_is_a_404_without_a_page(client_stack, path):
    (client_stack.client_root / ".env").write_text("SECRET=1")
    answer = requests.get(f"http://127.0.0.1:{client_stack.edge_port}{path}", timeout=5)
    assert (answer.status_code, answer.text) == (404, "404 Not Found")


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/robots.txt", "text/plain"),
        ("/favicon.ico", "image/vnd.microsoft.icon"),
        ("/apple-touch-icon.png", "image/png"),
        ("/favicon.svg", "image/svg+xml"),
    ],
)
def test_what_robots_and_browsers_ask_for_by_themselves_is_there(client_stack, path, content_type):
    shutil.copy(REPOSITORY / "client/public" / path[1:], client_stack.client_root)
    answer = requests.get(f"http://127.0.0.1:{client_stack.edge_port}{path}", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, content_type)
    assert answer.content == (REPOSITORY / "client/public" / path[1:]).read_bytes()


def read_policy(answer):
    """Return {directive: [source, …]} of a response's Content-Security-Policy."""
    directives = (part.split() for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize("path", ["/", "/videos/7", "/embedded", "/embed", "/login?next=/embed/7"])
def test_pages_are_in_no_frame_and_run_nothing_but_their_own_files(client_edge, path):
    answer = requests.get(client_edge + path, timeout=5)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = read_policy(answer)
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["default-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'"]  # no inline script, no other origin
    assert not [source for sources in policy.values() for source in sources if "unsafe-eval" in source]


def test_the_embedded_player_may_be_in_any_frame_and_is_else_as_strict(client_edge):
    page, embedded = (requests.get(client_edge + path, timeout=5) for path in ("/videos/7", "/embed/7"))
    assert embedded.text == page.text
    assert "X-Frame-Options" not in embedded.headers
    assert read_policy(embedded) == read_policy(page) | {"frame-ancestors": ["*"]}


def test_the_clients_configuration_is_the_stacks_and_is_not_kept(client_edge):
    answer = requests.get(f"{client_edge}/config.json", timeout=5)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "site_name": 'The "Forge" {env.HOME}',
        "sign_up": False,
        "anonymous_viewing": True,
        "max_upload_bytes": 7,
        "trash_hours": 24,
    }


@pytest.mark.parametrize("path", ["/api", "/api/docs", "/api/openapi.json", "/media/token/master.m3u8"])
def test_the_api_and_its_documents_are_reached_beside_the_client(client_stack, client_edge, path):
    with run_echo("job-service", port=client_stack.job_service_port):
        answer = requests.get(client_edge + path, timeout=5)
    assert answer.json()["path"] == path
    assert "Content-Security-Policy" not in answer.headers


def test_a_line_about_a_failed_request_has_no_query_no_token_and_no_headers(tmp_path):
    """Nothing runs behind this edge, so every request is logged."""
    require_tool("caddy")
    settings = build_test_settings(tmp_path, client_root=tmp_path / "no-client")
    process = LocalProcess(build_edge(settings), log_path=tmp_path / "edge.log")
    process.start()
    try:
        for path in ("/api/auth/confirm?code=canary-code", "/media/canary-token/720p/index.m3u8?a=canary-b"):
            address = f"http://127.0.0.1:{settings.edge_port}{path}"
            headers = {"Referer": f"{address}&again", "X-VideoForge-Anything": "canary-header"}
            assert requests.get(address, headers=headers, timeout=10).status_code >= 500
    finally:
        process.stop()
    written = (tmp_path / "edge.log").read_text()
    assert "canary" not in written
    assert "/api/auth/confirm?[redacted]" in written
    assert "/media/[redacted]/720p/index.m3u8?[redacted]" in written
