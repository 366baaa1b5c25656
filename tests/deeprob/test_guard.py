"""In a notebook, a skeleton's error is a card and the next cells run; every other error stays a traceback."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from deeprob.guard import Guard, install_guard, not_implemented_card, unimplemented


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    assert install_guard(shell)
    return shell


SKELETON = 'raise NotImplementedError("knn.predict_labels: not implemented yet")'


def test_a_skeletons_error_is_a_card_and_no_failure(shell, capsys):
    result = shell.run_cell(f"x = 1\n{SKELETON}\ny = 2")
    assert result.success
    out, err = capsys.readouterr()
    assert "knn.predict_labels is not implemented yet; this cell needs it." in out
    assert "Traceback" not in out + err
    assert shell.user_ns["x"] == 1
    assert "y" not in shell.user_ns


def test_a_later_cell_that_needs_its_variables_gets_a_card_too(shell, capsys):
    shell.run_cell(f"{SKELETON}\nresult = 2")
    later = shell.run_cell("print(result)")
    assert later.success
    out = capsys.readouterr().out
    assert "This cell needs result from a cell above, which needs knn.predict_labels." in out
    shell.run_cell("result = 3")
    assert shell.run_cell("print(result)").success
    assert capsys.readouterr().out == "3\n"


@pytest.mark.parametrize(
    "cell", ["raise NotImplementedError('no such kernel')", "print(never_defined)", "1 / 0", "len(3)"]
)
def test_every_other_error_keeps_its_traceback(shell, capsys, cell):
    result = shell.run_cell(cell)
    assert not result.success
    out, err = capsys.readouterr()
    assert type(result.error_in_exec).__name__ in out + err


def test_a_missing_name_inside_a_file_is_a_mistake_not_a_missing_cell(shell, tmp_path, monkeypatch):
    (tmp_path / "student_file.py").write_text("def f():\n    return result\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    shell.run_cell(f"{SKELETON}\nresult = 2")
    assert not shell.run_cell("import student_file\nstudent_file.f()").success


def test_installing_again_replaces_the_guard(shell):
    install_guard(shell)
    callbacks = shell.events.callbacks["post_run_cell"]
    assert sum(isinstance(getattr(c, "__self__", None), Guard) for c in callbacks) == 1


def test_outside_a_notebook_there_is_nothing_to_guard():
    assert not install_guard()


def test_the_question_is_read_from_the_message():
    assert unimplemented(NotImplementedError("knn.KnnClassifier: not implemented yet")) == "knn.KnnClassifier"
    assert unimplemented(NotImplementedError("something else")) == ""
    assert unimplemented(ValueError("knn.f: not implemented yet")) == ""
    assert unimplemented(None) == ""


def test_the_card_says_where_the_todo_is():
    with pytest.raises(NotImplementedError) as raised:
        exec(compile(f"def f():\n    {SKELETON}\nf()", "/files/knn.py", "exec"))
    assert "replace the TODO at line 2 of /files/knn.py" in repr(not_implemented_card(raised.value))
