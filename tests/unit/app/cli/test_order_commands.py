"""What the commands about court orders say to the two persons: nothing less to the second than to the first."""

import json
from pathlib import Path
from typing import Any

import pytest

from comity.app.cli import main
from tests.support.two_persons import enroll_by_command

TRO = """\
id: X1
court: D. Mass.
case_number: 1:25-cv-00457
case_name: Doe v. Roe
instruments: [tro]
issued_at: 2025-08-01
effective_at: 2025-08-01
expires_at: 2025-08-15
binds: [irs]
prohibits: [disclose]
agreements: [irs-ice-2025]
citation: synthetic order for a test
summary: An order that exists only in a test.
marks: [S]
"""
VACATUR = """\
id: V1
court: D.D.C.
case_number: 1:25-cv-00999
case_name: Poe v. Roe
instruments: [vacatur]
issued_at: 2025-08-05
effective_at: 2025-08-05
acts_on: [{order: X1, how: vacated, extent: part, part: {districts: ["D. Me.", "D.N.H."]}, effective_at: 2025-08-05}]
citation: synthetic order for a test
summary: A vacatur that exists only in a test.
marks: [S]
"""
FOREIGN = "D.D.C. is another court, neither above nor below it"


class Desk:
    """A home with two persons, and the commands about its orders."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self._keys = enroll_by_command(folder / "home", folder)

    def run(self, *arguments: str, by: str = "", code: int = 0) -> str:
        """Run a command about the home as a person, and return all that it says, each line without its margin."""
        key = ("--key", str(getattr(self._keys, by))) if by else ()
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *key, "--home", str(self.folder / "home")])
        said = self._capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return "\n".join(line.strip() for line in (said.err + said.out).splitlines())

    def read(self, *arguments: str, code: int = 0) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self.run(*arguments, "--json", code=code))

    def add(self, text: str, *options: str, by: str = "jo", code: int = 0) -> str:
        """Enter an order's file."""
        file = self.folder / "order.yaml"
        file.write_text(text)
        return self.run("orders", "add", str(file), *options, by="" if "--preview" in options else by, code=code)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def list_notes(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("Note: ")]


NOTED: dict[str, tuple[str, str]] = {
    "a vacatur by another court": (VACATUR, FOREIGN),
    "a ban without its end": (TRO.replace("X1", "X2").replace("expires_at: 2025-08-15\n", ""), "within 14 days"),
    "a statute that cannot be read": (
        TRO.replace("X1", "X2") + "statutes: [section 6103(i)(2)]\n",
        "section 6103(i)(2) cannot be read",
    ),
    "a case number that is none": (TRO.replace("X1", "X2").replace("1:25-cv-00457", "pending"), "is no case number"),
    "a court that is none": (TRO.replace("X1", "X2").replace("D. Mass.", "Court of Boston"), "no federal court"),
    "a denial that decides nothing on file": (
        VACATUR[: VACATUR.index("acts_on")].replace("[vacatur]", "[denial]")
        + "decides: [{matter: appeal, case: 25-1, outcome: affirmed}]\n"
        + VACATUR[VACATUR.index("citation") :],
        "No stay on file hangs on",
    ),
}


@pytest.mark.parametrize("what", NOTED)
def test_every_note_of_the_first_person_is_shown_to_the_second(desk: Desk, what: str) -> None:
    text, words = NOTED[what]
    desk.add(TRO)
    desk.run("orders", "confirm", "X1", by="sam")
    notes = list_notes(desk.add(text))
    assert any(words in note for note in notes)
    order_id = text.partition("\n")[0].removeprefix("id: ")
    assert list_notes(desk.run("orders", "confirm", order_id, "--preview")) == notes
    told = desk.read("orders", "confirm", order_id, "--preview")["remarks"]
    assert [f"Note: {remark}" for remark in told] == notes
    assert list_notes(desk.run("orders", "confirm", order_id, by="sam")) == notes


def test_an_order_that_two_withdrew_stays_on_the_lists_and_its_id_is_refused(desk: Desk) -> None:
    desk.add(TRO)
    desk.add(TRO.replace("X1", "X2"))
    desk.run("orders", "confirm", "X2", by="sam")
    assert "X1 still binds" in desk.run("orders", "withdraw", "X1", by="jo")
    desk.run("orders", "withdraw", "X1", by="sam")
    for command in (("orders", "list"), ("orders", "docket"), ("filings", "list", "--all")):
        line = next(line for line in desk.run(*command).splitlines() if " X1 " in f" {line} ")
        assert "withdrawn by Jo Doe" in line
        assert "withdrawn by Sam Roe" in line
    assert [one["order"] for one in desk.read("orders", "list")["withdrawn"]] == ["X1"]
    statuses = {one["order"]: one["status"] for one in desk.read("filings", "list", "--all")["orders"]}
    assert statuses == {"X1": "withdrawn", "X2": "confirmed"}
    assert desk.read("filings", "list")["orders"] == []
    desk.run("orders", "docket", "--page", str(desk.folder / "docket.html"))
    assert "withdrawn by Sam Roe" in (desk.folder / "docket.html").read_text()
    assert "was withdrawn by two persons" in desk.run("orders", "confirm", "X1", by="sam", code=3)
    assert "withdrawn by Sam Roe" in desk.run("orders", "confirm", "X1", "--preview")
    for options in (("--preview",), ()):
        assert "an order of that id was withdrawn" in desk.add(TRO, *options, code=3)
    alike = TRO.replace("X1", "XI")
    assert "looks like" in desk.add(alike.replace("XI", "x1"), "--preview", code=3)


def test_a_vacatur_that_one_person_withdrew_binds_nobody(desk: Desk) -> None:
    desk.add(TRO)
    desk.run("orders", "confirm", "X1", by="sam")
    desk.add(VACATUR)
    said = desk.run("orders", "withdraw", "V1", by="sam")
    assert "V1 is still pending, and opens nothing. A second person must withdraw it" in said
    assert "binds" not in said


def test_service_on_a_party_that_the_order_does_not_bind_is_noted(desk: Desk) -> None:
    desk.add(TRO)
    served = ("orders", "serve", "X1", "--at", "2025-08-02", "--party")
    assert "Note: X1 does not bind ice. It binds irs." in desk.run(*served, "ice", by="jo")
    assert "does not bind" not in desk.run(*served, "irs", by="jo")


def test_an_order_still_to_come_can_be_tried_and_not_filed(desk: Desk) -> None:
    coming = TRO.replace("2025-08", "2199-08")
    said = desk.add(coming, "--preview")
    assert "X1, once entered, closes irs-ice-2025" in said or "stopped already by" in said
    assert "cannot be filed before it is issued, on 01 Aug 2199" in said
    assert "still to come" in desk.add(coming, code=3)


BROKEN: dict[str, tuple[str, str]] = {
    "a bracket that nothing closes": (TRO.replace("[irs]", "[irs"), "line 9"),
    "a key that is given twice": (TRO + "id: X2\n", "a key is given twice"),
    "an alias": (TRO.replace("[irs]", "*irs"), "line 9"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_slip_in_the_file_names_the_file_and_the_line(desk: Desk, what: str) -> None:
    text, words = BROKEN[what]
    said = desk.add(text, "--preview", code=2)
    assert said.startswith("comity: order.yaml cannot be read: ")
    assert words in said


def test_a_file_that_is_not_there_is_called_missing(desk: Desk) -> None:
    for options in ((), ("--pdf", str(desk.folder / "none.pdf"))):
        name = desk.folder / ("order.yaml" if options else "none.yaml")
        (desk.folder / "order.yaml").write_text(TRO)
        said = desk.run("orders", "add", str(name), "--preview", *options, code=2)
        assert f"There is no file {desk.folder / ('none.pdf' if options else 'none.yaml')}." in said


def test_the_docket_says_what_each_paper_is_and_who_filed_it(desk: Desk) -> None:
    desk.add(TRO)
    desk.run("orders", "confirm", "X1", by="sam")
    said = desk.run("orders", "docket")
    assert "X1: D. Mass. 1:25-cv-00457, Doe v. Roe, tro, 01 Aug 2025: in force" in said
    assert "binds irs; forbids disclose; limited to: no limit" in said
    assert "entered by Jo Doe, " in said
    assert "; confirmed by Sam Roe, " in said
    line = next(one for one in desk.read("orders", "docket")["orders"] if one["order"] == "X1")
    assert line["effective_at"] == "2025-08-01"
    assert line["filed"]["confirmed_by"] == "Sam Roe"
    assert line["filed"]["confirmed_at"] > line["last_look_at"]
    assert "00:00" not in line["last_look_at"], "a day has no hour"


def test_a_statement_and_a_preview_count_in_the_singular(desk: Desk) -> None:
    desk.add(TRO)
    assert "X1, once entered, closes irs-ice-2025 for all batches, from" in desk.run(
        "orders", "confirm", "X1", "--preview"
    )
    desk.run("orders", "serve", "X1", "--at", "2025-08-02", "--party", "irs", by="jo")
    out = desk.folder / "statement"
    said = desk.run("orders", "statement", "X1", "--out", str(out))
    page = (out / "statement.html").read_text()
    assert "1  service was recorded" in said
    assert "0  attempts to have a batch answered were blocked" in said
    assert "service was recorded" in page
    assert "{were}" not in said + page


def test_a_preview_says_once_what_is_the_same_for_several_kinds_of_batches(desk: Desk) -> None:
    desk.add(TRO)
    desk.run("orders", "confirm", "X1", by="sam")
    limited = VACATUR.replace("D.D.C.", "D. Mass.").replace("1:25-cv-00999", "1:25-cv-00457")
    said = desk.add(limited, "--preview")
    assert said.count("What stops irs-ice-2025") == 1
    assert "whose addresses all lie in ME, NH" in said
    assert "All other batches under irs-ice-2025: nothing changes." in said
    desk.add(limited)
    desk.run("orders", "confirm", "V1", by="sam")
    by_statute = limited.replace("V1", "V2").replace('districts: ["D. Me.", "D.N.H."]', 'statutes: ["8 USC 1253"]')
    desk.add(by_statute)
    desk.run("orders", "confirm", "V2", by="sam")
    said = desk.add(TRO.replace("X1", "X3") + 'statutes: ["26 USC 6103(i)(2)"]\n', "--preview")
    assert said.count("What stops irs-ice-2025") <= 3
    lines = said.splitlines()
    tables = [line for line in lines if line.startswith("What stops")]
    assert len(set(tables)) == len(tables)
    assert "ME, NH and whose rows" not in said, "what is a part of another kind is not named beside it"
    assert "X3 adds: disclose, forbidden to irs, limited to: 26 USC 6103(i)(2), from 01 Aug 2025" in said
    assert "X3 is limited to the statute under which irs-ice-2025 discloses" in said
    assert "issued: 01 Aug 2025\n" in said
