"""Parameters: strict types, bounds, durations and valid declarations."""

from __future__ import annotations

import attrs
import pytest

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import Param, fields, param
from rcmvae_core.plugin.type_names import describe_type
from tests.support.isolated import Gate, Undeclared, params, plugin, registry_of

HUGE = "1" + "0" * 400


@pytest.fixture(scope="module")
def registry():
    return registry_of(plugin(params=params("Gate")))


ACCEPTED = [
    ("width = 7", "width", 7),
    ("rate = 0", "rate", 0.0),
    ("rate = 1e-300", "rate", 1e-300),
    ("on = false", "on", False),
    ('label = "7"', "label", "7"),
    ("shape = [1, 2]", "shape", (1, 2)),
    ("pair = [1, 2]", "pair", (1, 2.0)),
    ("top = 3", "top", 3),
    ('size = "a"', "size", "a"),
    ("size = 3", "size", 3),
    ("power = 2", "power", 2),
]
REFUSED = [
    ('width = "7"', "E206"),
    ("width = 7.0", "E206"),
    ("width = 7.9", "E206"),
    ("width = true", "E206"),
    ("width = nan", "E206"),
    ("width = [7]", "E206"),
    ("width = {}", "E206"),
    ("width = 1979-05-27", "E206"),
    ("width = 0", "E207"),
    ("width = 4294967296", "E207"),
    (f"width = {HUGE}", "E207"),
    ("rate = nan", "E207"),
    ("rate = inf", "E207"),
    ("rate = -inf", "E207"),
    (f"rate = {HUGE}", "E207"),
    ('rate = "0.5"', "E206"),
    ("rate = true", "E206"),
    ("rate = 1.0", "E207"),
    ('on = "false"', "E206"),
    ("on = 0", "E206"),
    ("label = 7", "E206"),
    ("label = []", "E206"),
    ("shape = []", "E207"),
    ("shape = 1", "E206"),
    ('shape = "1"', "E206"),
    ("shape = [1, 0]", "E207"),
    ("shape = [true]", "E206"),
    ("shape = [[1]]", "E206"),
    ("pair = [1]", "E207"),
    ("pair = [1, 2, 3]", "E207"),
    ("pair = [1.0, 2]", "E206"),
    ('top = "none"', "E206"),
    ("top = 0", "E207"),
    ("size = 1.5", "E206"),
    ("power = 3", "E207"),
    ("power = true", "E206"),
    ("strength = 2", "E207"),
    ('strength = "none"', "E204"),
    ("strength = true", "E206"),
    ("strength = nan", "E207"),
    ("strength = [1]", "E206"),
    ("strength = {}", "E210"),
    ("strength.linear = { start = 0, end = 1.5, over = 3 }", "E207"),
    ("strength.linear = { start = 0, end = 1 }", "E208"),
    ("strength.linear = 1", "E206"),
    ("strength.lin = {}", "E204"),
    ("strength.constant.value = 1\nstrength.linear = { start = 0, end = 1, over = 3 }", "E209"),
    ("nothing = 1", "E205"),
    ("old = 1\nrenamed = 2", "E209"),
]


@pytest.mark.parametrize(("line", "name", "value"), ACCEPTED)
def test_values_that_fit(desk, registry, line, name, value):
    accepted = getattr(
        desk.over(f"[conditioner.gate]\n{line}", registry=registry).one("conditioner").params, name
    )
    assert (accepted, type(accepted)) == (value, type(value))


@pytest.mark.parametrize(("line", "code"), REFUSED)
def test_values_that_do_not(desk, registry, line, code):
    assert desk.codes(f"[conditioner.gate]\n{line}", registry=registry) == [code]


def test_faults_of_a_list_stand_at_its_elements(desk, registry):
    errors = desk.diagnostics('[conditioner.gate]\nshape = [1, "a", 0, 2.5]', registry=registry)
    assert [(d.code, d.place.span.column) for d in errors] == [("E206", 13), ("E206", 21)]


@pytest.mark.parametrize(("line", "code"), [("old = 1", "W202"), ("stale = 1", "W203")])
def test_old_spellings_warn(desk, registry, line, code):
    assert desk.codes(f"[conditioner.gate]\n{line}", registry=registry) == [code]


@pytest.mark.parametrize(
    ("value", "amount", "unit"),
    [
        (0, 0, "steps"),
        (500, 500, "steps"),
        ("500", None, None),
        ("500 steps", 500, "steps"),
        ("1 step", 1, "steps"),
        ("30 epochs", 30, "epochs"),
        (" 0.5epoch ", 0.5, "epochs"),
        ("1e-05 epochs", 1e-5, "epochs"),
        ("10%", 10.0, "%"),
        (" 2.5 % ", 2.5, "%"),
        ("100%", 100.0, "%"),
        ("100.5%", None, None),
        ("-1%", None, None),
        ("%", None, None),
        ("0.5 steps", None, None),
        ("-1 epochs", None, None),
        ("1e999 epochs", None, None),
        ("1e999 steps", None, None),
        ("٣ epochs", None, None),
        ("9" * 50 + " steps", None, None),
        (-1, None, None),
        (2**31, None, None),
        (True, None, None),
        (1.0, None, None),
        (None, None, None),
    ],
)
def test_durations(value, amount, unit):
    if unit is None:
        with pytest.raises(ValueError):
            Duration.parse(value)
    else:
        assert Duration.parse(value) == Duration(amount, unit)


@pytest.mark.parametrize("amount", [0.0, 1.0, 0.1, 1 / 3, 1e-5, 1234567.5, 2.0**31 - 1])
def test_durations_as_text_read_back(amount):
    duration = Duration(amount, "epochs")
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize("amount", [0.0, 1.0, 0.1, 100 / 3, 1e-5, 100.0])
def test_shares_of_the_run_as_text_read_back(amount):
    duration = Duration(amount, "%")
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "steps"), [("0%", 0), ("10%", 24), ("12.5%", 30), ("100%", 240), ("1 epochs", 8), ("7 steps", 7)]
)
def test_a_share_of_the_run_is_that_share_of_its_steps(text, steps):
    assert Duration.parse(text).steps(8, 30) == steps


def test_a_share_of_the_run_needs_the_number_of_epochs():
    with pytest.raises(ValueError, match='"10%" is a share of the run'):
        Duration.parse("10%").steps(8)
    assert Duration.parse("2 epochs").steps(8) == 16


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Param(""), ""),
        (Param("", ge=0), "[0, inf)"),
        (Param("", gt=0, lt=1), "(0, 1)"),
        (Param("", le=2**32), "(-inf, 4294967296]"),
    ],
)
def test_intervals(rule, words):
    assert rule.interval() == words


def test_types_in_words():
    names = {name: field.type_name for name, field in fields(Gate).items()}
    assert names["pair"] == "list of an integer and a number"
    assert names["top"] == "integer"
    assert names["size"] == "integer or string"
    assert names["strength"] == "number or schedule"
    assert describe_type(tuple[float, ...]) == "list of numbers"
    assert describe_type(dict[str, float], article=True) == "a table of numbers"
    assert describe_type(tuple[int, int]) == "list of 2 integers"


def test_classes_that_are_no_parameters():
    with pytest.raises(TypeError, match="not an attrs class"):
        fields(int)
    with pytest.raises(TypeError, match="not declared with `param"):
        fields(Undeclared)


def test_a_default_makes_a_parameter_optional():
    cls = attrs.make_class("P", {"a": param(doc="A."), "b": param(1, doc="B.")})
    assert [field.required for field in fields(cls).values()] == [True, False]
