"""Whether a barcode's text is formed as the standard says; each departure is named."""

from collections.abc import Iterable

from comity.documents.barcode.aamva import BarcodeFault
from comity.documents.checks.check import Check, Judgment
from comity.documents.checks.paper_evidence import Evidence
from comity.model.finding import Outcome

MESSAGES = {
    BarcodeFault.TOO_LARGE: "the text is longer than a barcode holds",
    BarcodeFault.NO_HEADER: "there is no header of the standard",
    BarcodeFault.SEPARATORS: "the header's separators are not those of the standard",
    BarcodeFault.FILE_TYPE: 'the file type is not "ANSI "',
    BarcodeFault.VERSION: "the version is not known",
    BarcodeFault.ENTRIES: "the number of subfiles is missing or wrong",
    BarcodeFault.PLACE: "a subfile lies a few characters from where the header says",
    BarcodeFault.LENGTH: "a subfile is not as long as the header says",
    BarcodeFault.NO_SUBFILE: "a subfile is not where the header says, nor near it",
    BarcodeFault.TRUNCATED: "the text is cut short",
    BarcodeFault.ENDING: "a subfile ends with line feed and carriage return",
    BarcodeFault.ELEMENT: "something in a subfile is no element",
    BarcodeFault.REPEATED: "an element is there more than once, and is taken from neither place",
    BarcodeFault.CONTROL: "a value holds a control character, and is not taken",
}


def _judge(evidence: Evidence) -> Iterable[Judgment]:
    barcode = evidence.barcode
    if barcode is None:
        return
    if not barcode.faults:
        yield "", Outcome.MET, "The barcode is formed as the standard says."
    else:
        messages = "; ".join(MESSAGES[fault] for fault in barcode.faults)
        yield "", Outcome.NOT_MET, f"The barcode is not formed as the standard says: {messages}."


CHECK = Check("barcode_form", "AAMVA DL/ID Card Design Standard 2020, annex D.12", _judge, is_of_form=True)
