"""Bad input of any kind: one line that names file, place and mend; exit 3."""

import json
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.profile import find_profile, load_profile

Command = Callable[..., tuple[int, str]]
GOOD = find_profile("reference").read_text(encoding="utf-8")
NOT_CLAIMED = "not_applicable"
TARGET = 'base_url = "https://localhost:1"\nprofile = "reference"\n'
CLIENT = """
[[identities]]
name = "app"
flow = "client_credentials"
client_id = "c1"
"""


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Give a function that runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["conformance", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(str(ended.value.code)), capsys.readouterr().err

    return call


def replaced(old: str, new: str) -> str:
    """Give the good profile with one text replaced."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


PROFILES = {
    "no-toml": ("name = [", "not TOML"),
    "not-utf8": ("\udcff", "not UTF-8"),
    "no-name": (replaced('name = "reference"', ""), "'name' is a required property"),
    "unknown-key": (
        replaced("[oauth]", "[oauth]\nflow = 1"),
        "unknown key 'flow'; is it flows?",
    ),
    "unknown-flow": (replaced('"password", ', '"magic", '), "oauth.flows.0"),
    "unknown-verb": (replaced('"LIST", ', '"READ", '), "resources.buyers.verbs.0"),
    "unknown-parent": (
        replaced('parents = ["buyers"]', 'parents = ["sellers"]'),
        "resources.addresses.parents: 'sellers' is no resource",
    ),
    "path-lacks-parent": (
        replaced('"/buyers/{buyers}/addresses"', '"/addresses"'),
        "resources.addresses.path: lacks {buyers}",
    ),
    "scope-without-parent": (
        replaced('scope = "organisation"', 'scope = "parent"'),
        "resources.buyers.scope",
    ),
    "required-is-no-property": (
        replaced('required = ["Name"]', 'required = ["Nmae"]'),
        "'Nmae' is no property",
    ),
    "example-breaks-schema": (
        replaced("QuantityMultiplier = 2", 'QuantityMultiplier = "two"'),
        "resources.products.example.QuantityMultiplier",
    ),
    "sortable-is-no-property": (
        replaced('sortable = ["ID", "Name"]', 'sortable = ["ID", "Nmae"]'),
        "list.sortable",
    ),
    "path-without-parents": (
        replaced('path = "/products"', 'path = "/{tenant}/products"'),
        "resources.products.path: holds {tenant}",
    ),
    "item-path-of-nobody": (
        replaced('path = "/products"', 'path = "/products"\nitem_path = "/{x}/{id}"'),
        "resources.products.item_path: holds {x}",
    ),
    "above-itself": (
        replaced(
            'path = "/buyers"', 'path = "/{addresses}/b"\nparents = ["addresses"]'
        ),
        "resources.buyers.parents: 'buyers' stands above itself",
    ),
    "lengths-of-ids": (
        replaced("min_length = 1\n", "min_length = 101\n"),
        "id.min_length: 101 is more than",
    ),
    "alphabet-backwards": (
        replaced('alphabet = "A-Za-z0-9_-"', 'alphabet = "z-a0-9"'),
        "id.alphabet: the range 'z-a' goes backwards",
    ),
    "volatile-is-no-property": (
        replaced('path = "/products"', 'path = "/products"\nvolatile = ["Nmae"]'),
        "resources.products.volatile: 'Nmae' is no property",
    ),
    "strict-is-no-clause": (
        replaced('name = "reference"', 'name = "reference"\nstrict = ["ids.odes"]'),
        "strict: 'ids.odes' is no clause",
    ),
    "keyword-misspelt": (
        replaced("readOnly = true", "readonly = true"),
        "DateCreated.readonly: unknown keyword; is it readOnly?",
    ),
    "own-keyword-misspelt": (
        replaced("x-stamp =", "x-stmap ="),
        "DateCreated.x-stmap: unknown keyword; is it x-stamp?",
    ),
    "nullable-of-3.0": (
        replaced("default = false}", "default = false, nullable = true}"),
        'Active.nullable: unknown keyword; write type = ["string", "null"]',
    ),
    "reference": (
        replaced("default = false}", 'default = false, "$ref" = "http://h/x"}'),
        "Active.$ref: references are not followed",
    ),
    "no-value-is-long-enough": (
        replaced("minLength = 1, maxLength = 100}", "minLength = 9, maxLength = 5}"),
        "Name.minLength: 9 is more than the maxLength, 5",
    ),
    "no-value-is-right": (
        replaced("default = false}", "default = false, enum = []}"),
        "Active.enum: allows no value",
    ),
    "example-is-no-property": (
        replaced('Name = "Garden', 'Nmae = "Garden'),
        "resources.buyers.other.Nmae: is no property; is it Name?",
    ),
    "flows-without-token-path": (
        replaced('token_path = "/oauth/token"', ""),
        "api.token_path",
    ),
}


@pytest.mark.parametrize("case", PROFILES)
def test_a_wrong_profile_is_said_in_one_line(command: Command, case: str) -> None:
    """The line names the file and the key; nothing is written."""
    text, words = PROFILES[case]
    Path("mine.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    code, said = command("run", "reference", "--profile", "mine.toml")

    assert code == 3
    assert "mine.toml" in said
    assert words in said
    assert said.count("\n") == 1
    assert not Path("reports").exists()


TARGETS = {
    "no-base-url": ('profile = "reference"\n', "'base_url' is a required property"),
    "no-scheme": ('base_url = "staging.example.com"\n', "no URL"),
    "credentials-in-url": ('base_url = "https://u:secretpw@h"\n', "credentials"),
    "unknown-key": (TARGET + "timeout = 3\n", "unknown key 'timeout'"),
    "unknown-means": (TARGET + 'absent = ["luck"]\n', "absent.0"),
    "no-secret": (TARGET + CLIENT, "identities.0: flow 'client_credentials' needs"),
    "env-not-set": (
        TARGET + CLIENT + 'client_secret = "env:NOT_SET_ANYWHERE"\n',
        "env:NOT_SET_ANYWHERE",
    ),
    "same-name-twice": (
        TARGET + 2 * (CLIENT + 'client_secret = "secret-value"\n'),
        "the name 'app' stands twice",
    ),
    "space-in-url": ('base_url = "https://h/a b"\n', "write it as %20"),
    "break-in-url": ('base_url = "https://h\\n"\n', "holds '\\n'"),
    "token-url-with-login": (
        TARGET + 'token_url = "https://u:secretpw@h/t"\n',
        "token_url: 'https://h/t' holds credentials",
    ),
    "openapi-with-login": (
        TARGET + 'openapi = "https://u:secretpw@h/o.json"\n',
        "openapi: 'https://h/o.json' holds credentials",
    ),
    "date": (
        TARGET + "list_pages = 2026-01-01\n",
        "list_pages: 2026-01-01 is not JSON",
    ),
    "no-number": (TARGET + "[budget]\nrate = nan\n", "budget.rate: nan is not JSON"),
    "too-deep": (TARGET + "absent = " + 5000 * "[", "nested too deeply"),
    "too-long": (TARGET + "list_pages = " + 5000 * "9", "thousands of digits"),
    "no-port": (TARGET + 'plain_port = "some"\n', 'a port from 1 to 65535, or "none"'),
    "absent-and-given": (
        TARGET + 'plain_port = 80\nabsent = ["plain_port"]\n',
        "declared absent and given by plain_port = 80",
    ),
    "no-ca": (TARGET + 'ca = "nowhere.pem"\n', "ca: no such file"),
    "ca-is-no-pem": (TARGET + 'ca = "target.toml"\n', "no PEM file"),
    "unknown-profile": (
        'base_url = "https://localhost:1"\nprofile = "nobody"\n',
        "shipped: ",
    ),
}


@pytest.mark.parametrize("case", TARGETS)
def test_a_wrong_target_file_is_said_in_one_line(command: Command, case: str) -> None:
    """The line names the file and the key, and holds no secret."""
    text, words = TARGETS[case]
    Path("target.toml").write_text(text, encoding="utf-8")
    code, said = command("run", "target.toml")

    assert code == 3
    assert words in said
    assert "secret" not in said.replace("client_secret", "")
    assert said.count("\n") == 1
    assert not Path("reports").exists()


WORDS = {
    "no-scheme": (("run", "staging.example.com"), "scheme"),
    "port-0": (("run", "https://localhost:0"), "no port 0"),
    "two-dots": (("run", "https://a..b"), "no name of a host"),
    "long-label": (("run", f"https://{64 * 'a'}.invalid"), "no name of a host"),
    "hidden-mark": (("run", "https://\u202ehost"), "'\\u202e'"),
    "lone-percent": (("run", "https://localhost:1/%zz"), "write %25"),
    "plain-http": (("run", "http://localhost:1"), "--allow-plain-http"),
    "unknown-chapter": (("run", "reference", "--chapter", "poetry"), "--chapter"),
    "unknown-clause": (("run", "reference", "--clause", "json.odes"), "--clause"),
    "unknown-resource": (("run", "reference", "--resource", "poems"), "--resource"),
    "unknown-depth": (("run", "reference", "--depth", "abyss"), "--depth"),
    "unknown-profile": (("run", "reference", "--profile", "nobody"), "nobody"),
    "unknown-option": (("run", "reference", "--poetry"), "No such option"),
    "unknown-fault": (("run", "reference", "--fault", "gremlin"), "gremlin"),
    "fault-elsewhere": (("run", "https://h", "--fault", "x"), "for the reference"),
    "missing-ca": (("run", "https://localhost:1", "--ca", "no.pem"), "no.pem"),
    "out-is-a-file": (("run", "reference", "--out", "/dev/null/x"), "--out"),
    "explain-unknown": (("explain", "json.odes"), "json.odes"),
    "target-not-there": (("run", "nowhere.toml"), "nowhere.toml"),
}


@pytest.mark.parametrize("case", WORDS)
def test_wrong_words_are_said_in_one_line(command: Command, case: str) -> None:
    """The line names the word and says what would be right."""
    words, expected = WORDS[case]
    code, said = command(*words)

    assert code == 3
    assert expected in said
    assert said.count("\n") == 1


def told() -> dict[str, Any]:
    """Read the newest report."""
    text = Path("reports/latest/report.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def is_undecided_by_one_cause(words: str) -> bool:
    """Say whether every row that is claimed has that one cause, after one request."""
    document = told()
    causes = {r["cause"] for r in document["checks"] if r["verdict"] != NOT_CLAIMED}
    (cause,) = causes
    (root,) = document["root_causes"]
    assert document["totals"]["pass"] == document["totals"]["fail"] == 0
    assert document["requests"] == 1
    return words in cause and root["message"] == cause


def test_a_target_that_is_not_there_is_undecided(command: Command) -> None:
    """Nobody listens: exit 2 within seconds, and every row says so."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        code, said = command(
            "run", f"https://127.0.0.1:{port}", "--profile", "reference"
        )

    assert code == 2
    assert is_undecided_by_one_cause("the target is not there")
    assert "Traceback" not in said


def test_a_host_that_hangs_is_undecided(command: Command) -> None:
    """Somebody accepts and says nothing: exit 2 within seconds, for that one cause."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def hold() -> None:
            while True:
                try:
                    held.append(silent.accept()[0])
                except OSError:
                    return

        threading.Thread(target=hold, daemon=True).start()
        port = silent.getsockname()[1]
        code, said = command(
            "run", f"https://127.0.0.1:{port}", "--profile", "reference"
        )
        for connection in held:
            connection.close()

    assert code == 2
    assert is_undecided_by_one_cause("the target is not there")
    assert "Traceback" not in said


WRONG = re.compile(r'^(client_secret|password) = ".', re.MULTILINE)


@pytest.mark.parametrize(
    ("fault", "code"), [((), 2), (("no-token-is-403",), 1)], ids=["ok", "bad"]
)
def test_wrong_credentials_leave_what_needs_none(
    serve: Any, command: Command, fault: tuple[str, ...], code: int
) -> None:
    """Rows without a token are judged all the same; a breach there is still exit 1."""
    with serve(faults=fault) as served:
        text = served.target.read_text(encoding="utf-8")
        served.target.write_text(WRONG.sub(r'\1 = "?', text), encoding="utf-8")
        ended, said = command("run", str(served.target), "--depth", "smoke")

    document = told()
    judged = {r["clause"] for r in document["checks"] if r["verdict"] == "pass"}
    broken = {r["clause"] for r in document["checks"] if r["verdict"] == "fail"}
    waiting = [r for r in document["checks"] if r["verdict"] == "inconclusive"]
    assert ended == code
    assert {"https.certificate", "https.plain_port_refused"} <= judged
    assert "status.unauthenticated_401" in (judged if code == 2 else broken)
    assert {r["cause"] for r in waiting if "credentials right?" in r["cause"]}
    assert not [r for r in waiting if r["chapter"] == "https" and not r["passive"]]
    assert [c["message"] for c in document["root_causes"] if c["level"] == "MUST"]
    assert "Traceback" not in said


def test_an_example_may_be_what_get_shows(command: Command) -> None:
    """Its ID and what is read-only are not sent, and nothing is wrong with it."""
    shown = 'ID = "b1"\nDateCreated = "2026-01-01T00:00:00Z"\nName = "Hardware'
    text = GOOD.replace('Name = "Hardware', shown)
    Path("mine.toml").write_text(text, encoding="utf-8")
    code, said = command("profile", "check", "mine.toml")
    example = load_profile("mine.toml").resources["buyers"].example

    assert (code, said) == (0, "")
    assert not {"ID", "DateCreated"} & example.keys()


def test_a_byte_order_mark_is_no_mistake(command: Command) -> None:
    """Some editors begin UTF-8 with one; the file is read all the same."""
    Path("mine.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    code, said = command("profile", "check", "mine.toml")

    assert (code, said) == (0, "")


def test_the_login_at_a_proxy_is_told_to_nobody(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the doctor nor the record of a run holds it."""
    text = TARGET + 'proxy = "http://me:secret-of-mine@127.0.0.1:1"\n'
    Path("target.toml").write_text(text, encoding="utf-8")
    _, looked = command("doctor", "target.toml")
    command("run", "target.toml", "--chapter", "https", "--out", "out")
    written = [file.read_text(encoding="utf-8") for file in Path("out").iterdir()]

    assert "http://127.0.0.1:1" in "".join(written)
    assert "secret-of-mine" not in "".join([looked, *written, *capsys.readouterr()])


def test_secrets_that_others_can_read_are_warned_of(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target file with secrets, readable by others, is warned of once."""
    del capsys
    text = TARGET + CLIENT + 'client_secret = "secret-value"\n'
    Path("target.toml").write_text(text, encoding="utf-8")
    Path("target.toml").chmod(0o644)
    _, said = command("run", "target.toml")

    assert "chmod 600" in said
