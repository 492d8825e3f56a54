"""List, for rows that people may settle, the address of the likeliest record and the people on record there.

Guarantees: nobody is listed who is not at that address and shares no part of the requested name; a person with several
records is listed once. What a row leads to depends on that row, the index and the model alone.
Does not: select rows, or put people in the order in which reviewers see them (`comity.review` does).
Basis: promises 1, 4 and 12; ADR 0055.
Start at `list_recorded_places`.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from comity.columns.buffers import Bools
from comity.law import find_population
from comity.match.candidate_pairs import CandidatePairs, find_candidate_pairs
from comity.match.comparison_vectors import ComparisonVectors, compare_candidates
from comity.match.comparisons import COMPARISONS, GIVEN_NAME, SURNAME, TIN
from comity.match.counted_as_one import mark_counted_as_one
from comity.match.encode_requests import encode_requests
from comity.match.index.reader import Index
from comity.match.match_model import Model, load_default_model
from comity.match.matcher import evaluate_pair_conditions, mark_agreeing
from comity.match.pair_values import Values, read_pair_values
from comity.match.scoring import score_requests
from comity.model.review_case import Fields, NumberRelation, PersonOnRecord, RecordedPlace
from comity.model.shares import Shares
from comity.normalize.schema import GENERATIONAL_SUFFIXES, LEXICONS, NAME_LEXICONS

_ADDRESS_LEXICONS = tuple(lexicon for lexicon in LEXICONS if lexicon not in NAME_LEXICONS)
_RELATIONS = {"NULL": NumberRelation.NOT_GIVEN, "EXACT": NumberRelation.SAME}


def list_recorded_places(
    index: Index, requests: pa.Table, *, model: Model | None = None, shares: Shares | None = None
) -> list[RecordedPlace]:
    """Return the place of each request that has a candidate pair, in the order of `row`.

    The arguments are those of `match_requests`, with which the requests were matched; few rows at a time.
    """
    pairs = find_candidate_pairs(index, encode_requests(index, requests))
    vectors = compare_candidates(index, pairs)
    if not len(vectors["row"]):
        return []
    scores = score_requests(vectors, model or load_default_model(), shares or find_population().least_favorable)
    values = _read_values(index, pairs, vectors)
    conditions = _evaluate_conditions(index, pairs, vectors)
    record_ids = index.record_ids(vectors["record"])
    suffixes = _read_suffixes(index, vectors)
    shares_name = mark_agreeing(vectors, GIVEN_NAME) | mark_agreeing(vectors, SURNAME)
    relations = [_RELATIONS.get(level.name, NumberRelation.DIFFERS) for level in TIN.levels]
    pairs_of_row: dict[int, list[int]] = {}
    for position, row in enumerate(vectors["row"].tolist()):
        pairs_of_row.setdefault(row, []).append(position)
    places = []
    for likeliest in scores.best_pair_index.tolist():
        row = int(vectors["row"][likeliest])
        requested, recorded = values[likeliest]
        request = int(vectors["request_index"][likeliest])
        at_place = [likeliest] + [
            position
            for position in pairs_of_row[row]
            if shares_name[position] and _address_of(values[position][1]) == _address_of(recorded)
        ]
        people = {vectors["person_key"][position]: position for position in reversed(at_place)}  # each once
        ordered = sorted(people.values(), key=lambda position: (position != likeliest, position))
        places.append(
            RecordedPlace(
                row=row,
                requested_address=_address_of(requested),
                requested_name=_name_of(requested, GENERATIONAL_SUFFIXES[pairs.encoded_requests.suffix_codes[request]]),
                recorded_address=_address_of(recorded),
                people=tuple(
                    PersonOnRecord(
                        record_id=str(record_ids[position]),
                        name=_name_of(values[position][1], suffixes[position]),
                        number=relations[vectors["tin"][position] - 1],
                        conditions={name: bool(meets[position]) for name, meets in conditions.items()},
                    )
                    for position in ordered
                ),
            )
        )
    return sorted(places, key=lambda place: place.row)


def _read_values(index: Index, pairs: CandidatePairs, vectors: ComparisonVectors) -> list[tuple[Values, Values]]:
    """Return the normalized values of the request and of the record of each pair."""
    positions = np.arange(len(vectors["row"]))
    read: Iterator[tuple[int, Values, Values]] = read_pair_values(
        index, pairs.encoded_requests, vectors["request_index"], vectors["record"], positions, LEXICONS
    )
    by_position = {position: (requested, recorded) for position, requested, recorded in read}
    return [by_position[position] for position in positions.tolist()]


def _evaluate_conditions(index: Index, pairs: CandidatePairs, vectors: ComparisonVectors) -> Mapping[str, Bools]:
    """Return which pairs meet each condition of the policy that is about one pair, and that nobody can waive."""
    levels = {name: vectors[name] for name in COMPARISONS}
    return {
        **evaluate_pair_conditions(vectors),
        "counted_as_one": mark_counted_as_one(
            index, pairs.encoded_requests, vectors["request_index"], vectors["record"], levels
        ),
    }


def _read_suffixes(index: Index, vectors: ComparisonVectors) -> Sequence[str | None]:
    suffixes: list[str | None] = [None] * len(vectors["row"])
    for segment, positions, numbers in index.group_by_segment(vectors["record"]):
        codes = segment.columns["suffix"][numbers].tolist()
        for position, code in zip(np.arange(len(suffixes))[positions].tolist(), codes, strict=True):
            suffixes[position] = GENERATIONAL_SUFFIXES[code]
    return suffixes


def _address_of(values: Values) -> Fields:
    """Return the address fields of a row, the ZIP code to five digits, as two of nine digits name one place."""
    fields = {
        column: value or None
        for lexicon in _ADDRESS_LEXICONS
        for column, value in zip(lexicon.columns, values[lexicon.name], strict=True)
    }
    return fields | {"zip": fields["zip"][:5] if fields["zip"] else None}


def _name_of(values: Values, suffix: str | None) -> Fields:
    _, given = values["given"]
    (middle,) = values["middle"]
    return {"given": given, "middle": middle, "surname": values["surname"][0], "suffix": suffix}
