"""No row of the table of problems is dead, and the edge's own problems are rows of it.

That no code is raised without a row needs no test: `Code.x` does not type-check and does not run.
"""

import json
import re
from string import Formatter

from tests.house.repository import PACKAGES, ROOT, list_python_files
from videoforge.problems import Code, Problem

#: As the edge writes its answers: JSON with \{ \}, whose status may be a placeholder.
_EDGE_ANSWER = re.compile(r"respond `\\(\{.*\\)\}`")


def read_edge_answers():
    lines = _EDGE_ANSWER.findall((ROOT / "infra/local/Caddyfile").read_text(encoding="utf-8"))
    return [json.loads(line.rstrip("\\").replace("{err.status_code}", "400") + "}") for line in lines]


def read_sources():
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for package in PACKAGES.values()
        for path in list_python_files(package)
        if not {"testing", "tests", "testing.py", "problem_codes.py"} & set(path.parts)
    }


def test_every_code_of_the_table_can_occur():
    sources = read_sources().values()
    raised = {name for source in sources for name in re.findall(r"\bCode\.([a-z0-9_]+)", source)}
    answered = {answer["code"] for answer in read_edge_answers()}
    assert set(Code.__members__) - raised - answered == set()


def test_every_hole_of_a_sentence_is_filled_where_its_code_is_raised():
    holes = {
        code.name: {hole for _, hole, _, _ in Formatter().parse(code.value.detail) if hole} for code in Code
    }
    raised = [
        (path, name, values)
        for path, source in read_sources().items()
        for name, values in re.findall(r"\bProblem\(\s*Code\.(\w+)(?=((?s:.{0,120})))", source)
        if holes[name]
    ]
    assert len({name for _, name, _ in raised}) > 8
    assert not [
        (path, name, hole)
        for path, name, values in raised
        for hole in holes[name]
        if not re.search(rf"\b{hole}=", values)
    ]


def test_the_edge_answers_with_codes_of_the_table():
    answers = read_edge_answers()
    assert len(answers) == 4
    for answer in answers:
        row = Code[answer["code"]].value
        assert (answer["status"], answer["retryable"]) == (row.status, row.is_retryable)
        assert set(answer) == set(Problem(Code.bad_request).to_dict(request_id="-"))
