"""What a schema cannot say about an API, told to Schemathesis: which rows there are, and what depends on them."""

from collections import defaultdict

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Where rows are created, and the ids of those that are still there.
rows: dict[str, list[int]] = defaultdict(list)

# The list that every `…_id` refers to in the tests' applications.
REFERRED = "/api/v1/people"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes references good: hardly any request that creates a row would be accepted with ids drawn by lot."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if positive and isinstance(case.body, dict) and rows[REFERRED]:
        for name in case.body:
            if name.endswith("_id"):
                case.body[name] = rows[REFERRED][-1]


@schemathesis.hook
def after_call(context, case, response):
    """Remembers which rows there are."""
    if response.status_code == 201 and "location" in response.headers:
        path, _, row = response.headers["location"][0].rpartition("/")
        rows[path].append(int(row))
    elif response.status_code == 204 and case.method == "DELETE":
        path, _, row = case.formatted_path.rpartition("/")
        if row.isdigit() and int(row) in rows[path]:
            rows[path].remove(int(row))


@schemathesis.check
def described_data_acceptance(ctx, response, case):
    """What the description allows is accepted, except for reasons that no schema can state."""
    if response.status_code == 422:
        errors = response.json()["errors"]
        if errors and all(is_beyond_a_schema(error, case) for error in errors):
            return None
    return positive_data_acceptance(ctx, response, case)


def is_beyond_a_schema(error, case):
    query = case.query or {}
    pointer = error["pointer"]
    # Only the server can make a cursor, and a page is named by its cursor or its number.
    if pointer == "?cursor" or (pointer == "?page" and "cursor" in query):
        return True
    # A list is sorted by a column once.
    if pointer == "?sort":
        columns = [column.lstrip("-") for column in str(query.get("sort", "")).split(",")]
        return len(set(columns)) < len(columns)
    # A reference to a row that is not there.
    return error["code"] == "not_found"
