"""What a schema cannot say about an API, told to Schemathesis: which rows there are, and what depends on them."""

import os
from collections import defaultdict
from itertools import count

import requests
import schemathesis
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

# Where rows are created, and the ids of those that are still there.
rows: dict[str, list[int]] = defaultdict(list)

# The list that every `…_id` refers to in the tests' applications.
REFERRED = "/api/v1/people"

# Fields whose right values only somebody who has got them knows.
SECRETS = {"code", "current_password", "password", "refresh_token", "secret", "token"}

# After the first of these nobody is signed in.
ENDS = {"/api/v1/auth/account", "/api/v1/auth/session", "/api/v1/auth/sessions/{id}"}

numbers = count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes good requests good for the server too: hardly any row would be created otherwise.

    References lead to rows that are there, and each request that may be repeated has a key of its own.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in case.headers or {}:
        if name.lower() == "idempotency-key":
            case.headers[name] = f"key-{next(numbers)}"
    if isinstance(case.body, dict) and case.path != REFERRED:
        for name in case.body:
            if name.endswith("_id"):
                case.body[name] = referred(case.operation.base_url)


def referred(base_url):
    """The id of a row of `REFERRED`; deletions may have taken all that were there."""
    if not rows[REFERRED]:
        answer = requests.post(base_url.rstrip("/") + REFERRED, json={"name": "somebody"}, timeout=10)
        rows[REFERRED].append(answer.json()["id"])
    return rows[REFERRED][-1]


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


@schemathesis.auth()
class Bearer:
    """The access token of the tests, if there is one."""

    def get(self, case, context):
        return os.environ.get("ACCESS_TOKEN")

    def set(self, case, data, context):
        if data:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.check
def described_data_acceptance(ctx, response, case):
    """What the description allows is accepted, except for reasons that no schema can state."""
    # Nobody guesses a secret, and a link for somebody else is for nobody who is signed in.
    if response.status_code in (401, 403) and SECRETS.intersection(case.body if isinstance(case.body, dict) else ()):
        return None
    if response.status_code == 401 and case.method == "DELETE" and case.operation.path in ENDS:
        return None
    if response.status_code == 422:
        problem = response.json()
        errors = problem.get("errors") or []
        if errors and all(is_beyond_a_schema(error, case) for error in errors):
            return None
        # The key was used for another request.
        if problem["code"] == "idempotency_key_reused":
            return None
    return positive_data_acceptance(ctx, response, case)


@schemathesis.check
def described_data_rejection(ctx, response, case):
    """What the description forbids is refused. A text alone is no violation of a list in a query: it is a list of one."""
    # Whoever is not let in learns nothing of what else is wrong.
    if response.status_code in (401, 403):
        return None
    query = case.query or {}
    if any(name.endswith("[in]") and not isinstance(value, list) for name, value in query.items()):
        return None
    return negative_data_rejection(ctx, response, case)


@schemathesis.check
def described_schema_conformance(ctx, response, case):
    """Answers have the shape that is described, except that `fields` leaves out what was not asked for."""
    if "fields" in (case.query or {}):
        return None
    return response_schema_conformance(ctx, response, case)


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
    if pointer.lstrip("/") in SECRETS:
        return True
    # A reference to a row that is not there, a permission or a role that the application has not, or a number in a JSON document that 64 bits do
    # not keep.
    return error["code"] in ("not_found", "too_precise", "unknown_permission", "unknown_role")
