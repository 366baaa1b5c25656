"""Cards: escaped, readable as text, one line when there is only one thing to say."""

from __future__ import annotations

from deeprob.cards import Card, Row, show


def test_a_passed_check_is_one_quiet_line():
    card = Card("good", "knn.f: passed, 3 visible checks", small="knn.py · 1b2c")
    assert repr(card) == "knn.f: passed, 3 visible checks · knn.py · 1b2c"
    assert "<table" not in card._repr_html_()


def test_rows_stand_in_two_columns():
    card = Card("bad", "title", (Row("came", "one\ntwo"), Row("expected", "three")), small="last")
    assert repr(card) == "title\n  came      one\n            two\n  expected  three\nlast"


def test_parts_are_indented():
    assert repr(Card("info", "all", (), (Card("good", "a"), Card("good", "b")))) == "all\n  a\n  b"


def test_everything_is_escaped():
    evil = "<script>alert('x')</script>"
    html = Card("bad", evil, (Row(evil, evil, code=True),), (Card("info", evil),), evil)._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5


def test_it_needs_no_script_and_no_colour_of_its_own_for_text():
    html = Card("bad", "title", (Row("a", "b"),))._repr_html_()
    assert "<script" not in html
    assert "color:inherit" in html


def test_outside_a_notebook_it_is_printed_once(capsys):
    assert show(Card("good", "done")) is None
    assert capsys.readouterr().out == "done\n"
