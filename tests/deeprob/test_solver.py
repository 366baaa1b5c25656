"""The Solver: it trains, keeps the best parameters, can be interrupted, and says what does not fit."""

import contextlib
import re

import pytest
import torch

from deeprob.progress import Progress, bar, duration
from deeprob.solver import Diverged, Solver, SolverError, sgd


class Softmax:
    """A linear softmax classifier with its gradient, as small as a model can be."""

    def __init__(self, dim=4, classes=3, scale=0.0):
        generator = torch.Generator().manual_seed(1)
        self.params = {"W": scale * torch.randn(dim, classes, generator=generator), "b": torch.zeros(classes)}
        self.calls = []

    def loss(self, X, y=None):
        self.calls.append((len(X), y is not None))
        scores = X.flatten(1) @ self.params["W"] + self.params["b"]
        if y is None:
            return scores
        p = scores.softmax(1)
        rows = torch.arange(len(y))
        loss = -p[rows, y.long()].log().mean()
        p[rows, y.long()] -= 1
        return loss, {"W": X.flatten(1).T @ p / len(X), "b": p.mean(0)}


@pytest.fixture
def data():
    """Three clouds of points, 90 to train and 30 to validate on."""
    generator = torch.Generator().manual_seed(3)
    y = torch.arange(120) % 3
    X = 0.6 * torch.randn(120, 4, generator=generator) + 2 * torch.eye(4)[y]
    return {"X_train": X[:90], "y_train": y[:90], "X_val": X[90:], "y_val": y[90:]}


def make(data, model=None, **settings):
    torch.manual_seed(0)
    settings = {"optim_config": {"learning_rate": 0.3}, "batch_size": 30, "num_epochs": 4, "verbose": False} | settings
    return Solver(model or Softmax(), data, sgd, **settings)


def test_it_trains(data):
    solver = make(data)
    solver.train()
    assert len(solver.loss_history) == solver.iteration == 12
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 5
    assert solver.loss_history[0] == pytest.approx(1.0986, abs=1e-4)
    assert solver.loss_history[-1] < 0.5
    assert solver.val_acc_history[0] < 0.5 < 0.9 < solver.best_val_acc
    assert solver.epoch == 4


def test_update_rule_and_config_have_defaults(data):
    solver = Solver(Softmax(), data, num_epochs=1, verbose=False)
    solver.train()
    assert solver.optim_configs["W"] == {"learning_rate": 1e-2}


def test_each_step_is_that_of_the_update_rule(data):
    seen = []

    def rule(w, dw, config):
        config["t"] = config.get("t", 0) + 1
        seen.append((config["t"], tuple(w.shape)))
        return w - 0.5 * dw, config

    model = Softmax()
    expected = model.params["b"] - 0.5 * model.loss(data["X_train"], data["y_train"])[1]["b"]
    given = {"momentum": 0.5}
    solver = Solver(model, data, rule, given, num_epochs=1, batch_size=90, verbose=False)
    solver.train(return_best_params=False)
    torch.testing.assert_close(model.params["b"], expected)
    assert seen == [(1, (4, 3)), (1, (3,))]
    assert solver.optim_configs["W"] == {"momentum": 0.5, "t": 1}
    assert given == {"momentum": 0.5}


def test_an_epoch_goes_through_all_images_once(data):
    data["X_train"] = torch.arange(90.0)[:, None].repeat(1, 4)
    drawn = []

    class Recorder(Softmax):
        def loss(self, X, y=None):
            if y is not None:
                drawn.append(X[:, 0].tolist())
                assert (X[:, 0] % 3 == y).all()
            return super().loss(X / 100, y)

    make(data, Recorder(), num_epochs=2).train()
    epochs = [[number for batch in drawn[i : i + 3] for number in batch] for i in (0, 3)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(90))
    assert drawn[:3] != drawn[3:]
    drawn.clear()
    make(data, Recorder(), num_epochs=1, batch_size=40).train()
    assert [len(batch) for batch in drawn] == [40, 40]
    drawn.clear()
    make(data, Recorder(), num_epochs=1, batch_size=500).train()
    assert [len(batch) for batch in drawn] == [90]


def test_a_seed_makes_it_repeatable(data):
    first, again = make(data), make(data)
    first.train()
    again.train()
    assert first.loss_history == again.loss_history
    torch.manual_seed(7)
    other = Solver(Softmax(), data, sgd, {"learning_rate": 0.3}, batch_size=30, num_epochs=4, verbose=False)
    other.train()
    assert other.loss_history != first.loss_history


def test_the_learning_rate_decays_after_each_epoch(data):
    rates = []

    def rule(w, dw, config):
        rates.append(config["learning_rate"])
        return sgd(w, dw, config)

    solver = Solver(
        Softmax(), data, rule, {"learning_rate": 0.8}, lr_decay=0.5, num_epochs=3, batch_size=45, verbose=False
    )
    solver.train()
    assert rates == [0.8] * 4 + [0.4] * 4 + [0.2] * 4
    with pytest.raises(SolverError, match="config of W has no learning_rate"):
        Solver(Softmax(), data, lambda w, dw, c: (w, c), lr_decay=0.5, num_epochs=1, verbose=False).train()


def test_the_best_parameters_are_those_of_the_best_epoch(data):
    model = Softmax()
    steps = []

    def good_then_bad(w, dw, config):
        steps.append(1)
        return (w - 0.3 * dw if len(steps) <= 4 else torch.zeros_like(w)), config

    solver = Solver(model, data, good_then_bad, num_epochs=4, batch_size=90, verbose=False)
    solver.train()
    best = max(solver.val_acc_history)
    assert solver.best_val_acc == best > solver.val_acc_history[-1]
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == best
    model.params["W"].zero_()
    assert solver.best_params["W"].any()  # a copy

    last = Softmax()
    steps.clear()
    Solver(last, data, good_then_bad, num_epochs=4, batch_size=90, verbose=False).train(return_best_params=False)
    assert not last.params["W"].any()


def test_running_statistics_are_kept_with_the_best_parameters(data):
    model = Softmax()
    model.bn_params = [{"mode": "train", "running_mean": torch.zeros(1)}]
    losses = model.loss

    def loss(X, y=None):
        if y is not None:
            model.bn_params[0]["running_mean"] += 1
        return losses(X, y)

    model.loss = loss
    solver = make(data, model, optim_config={"learning_rate": 0.0}, num_epochs=3)
    solver.train()  # accuracy stays the same, so the first is the best
    assert model.bn_params[0]["running_mean"] == 0


def test_check_accuracy_never_trains_and_takes_any_number(data):
    model = Softmax(scale=1.0)
    solver = make(data, model)
    before = {k: v.clone() for k, v in model.params.items()}
    X, y = data["X_train"][:47], data["y_train"][:47]
    expected = float((model.loss(X).argmax(1) == y).double().mean())
    model.calls.clear()
    assert solver.check_accuracy(X, y, batch_size=10) == pytest.approx(expected)
    assert model.calls == [(10, False)] * 4 + [(7, False)]
    assert solver.check_accuracy(X, y.to(torch.uint8)) == pytest.approx(expected)
    assert all(torch.equal(before[k], v) for k, v in model.params.items())
    assert solver.check_accuracy(X, y, num_samples=500) == pytest.approx(expected)


def test_a_sample_is_the_same_each_time(data):
    solver = make(data, Softmax(scale=1.0))
    measured = {solver.check_accuracy(data["X_train"], data["y_train"], num_samples=11) for _ in range(5)}
    assert len(measured) == 1
    right = 11 * measured.pop()
    assert right == pytest.approx(round(right))


def test_check_accuracy_draws_nothing_from_the_training_order(data):
    disturbed, straight = make(data), make(data)
    disturbed.check_accuracy(data["X_train"], data["y_train"], num_samples=5)
    disturbed.train()
    straight.train()
    assert disturbed.loss_history == straight.loss_history


def test_called_again_it_goes_on(data):
    solver, straight = make(data, num_epochs=2), make(data, num_epochs=5)
    solver.train(return_best_params=False)
    solver.train(return_best_params=False)
    assert solver.epoch == 2
    solver.num_epochs = 5
    solver.train()
    straight.train()
    assert solver.loss_history == straight.loss_history
    assert solver.val_acc_history == straight.val_acc_history


def test_a_time_limit_stops_it_and_it_can_go_on(data, capsys):
    solver, straight = make(data, verbose=True), make(data)
    solver.train(time_limit=0, return_best_params=False)
    assert solver.iteration == 1
    assert len(solver.val_acc_history) == 2
    assert capsys.readouterr().out == "stopped after 0.0 s, in epoch 1 of 4\n"
    solver.train(return_best_params=False)
    straight.train(return_best_params=False)
    assert solver.loss_history == straight.loss_history
    torch.testing.assert_close(solver.model.params, straight.model.params)


def test_a_checkpoint_resumes_exactly(data, tmp_path):
    straight = make(data, num_epochs=5, lr_decay=0.9)
    straight.train()
    path = tmp_path / "runs" / "softmax"
    make(data, num_epochs=2, lr_decay=0.9, checkpoint_name=path).train()
    assert [file.name for file in path.parent.iterdir()] == ["softmax.pt"]

    resumed = make(data, Softmax(scale=3.0), num_epochs=5, lr_decay=0.9)
    resumed.load_checkpoint(path)
    assert resumed.epoch == 2
    resumed.train()
    assert resumed.loss_history == straight.loss_history
    assert resumed.val_acc_history == straight.val_acc_history
    assert resumed.optim_configs == straight.optim_configs
    torch.testing.assert_close(resumed.model.params, straight.model.params)


def test_a_checkpoint_in_the_middle_of_an_epoch(data, tmp_path):
    straight = make(data)
    straight.train()
    solver = make(data)
    solver.train(time_limit=0, return_best_params=False)
    file = solver.save_checkpoint(tmp_path / "middle.pt")
    resumed = make(data)
    resumed.load_checkpoint(file)
    resumed.train()
    assert resumed.loss_history == straight.loss_history


def test_a_checkpoint_loads_with_the_defaults_of_torch(data, tmp_path):
    solver = make(data, num_epochs=1)
    solver.train()
    state = torch.load(solver.save_checkpoint(tmp_path / "a.pt"), weights_only=True)
    assert torch.equal(state["best_params"]["W"], solver.best_params["W"])
    assert state["loss_history"] == solver.loss_history


def test_an_interrupted_write_leaves_the_last_checkpoint(data, tmp_path, monkeypatch):
    solver = make(data, num_epochs=1)
    solver.train()
    file = solver.save_checkpoint(tmp_path / "a.pt")
    before = file.read_bytes()

    def breaks(state, path):
        path.write_bytes(b"half of it")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", breaks)
    with pytest.raises(OSError, match="no space left"):
        solver.save_checkpoint(file)
    assert file.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == ["a.pt"]


def test_files_that_are_no_checkpoints(data, tmp_path):
    solver = make(data)
    torch.save({"W": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(SolverError, match=r"other.pt is no checkpoint of a Solver: it has no "):
        solver.load_checkpoint(tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("epoch 3")
    with pytest.raises(SolverError, match=r"text.pt cannot be read as a checkpoint"):
        solver.load_checkpoint(tmp_path / "text.pt")
    with pytest.raises(FileNotFoundError):
        solver.load_checkpoint(tmp_path / "none.pt")
    file = make(data).save_checkpoint(tmp_path / "small.pt")
    wide = make(data | {"X_train": torch.ones(90, 5), "X_val": torch.ones(30, 5)}, Softmax(dim=5))
    with pytest.raises(SolverError, match=r"W is a tensor of shape \(4, 3\) .* expected shape \(5, 3\)"):
        wide.load_checkpoint(file)
    with pytest.raises(SolverError, match="no file to write to"):
        solver.save_checkpoint()


def test_a_loss_that_is_not_finite(data):
    with pytest.raises(Diverged, match=r"loss is (nan|inf) in iteration \d+ \(epoch \d\): .* smaller than 1e\+30"):
        make(data, optim_config={"learning_rate": 1e30}).train()
    broken = Softmax()
    broken.params["W"][0, 0] = torch.nan
    solver = make(data, broken)
    with pytest.raises(Diverged, match=r"in iteration 1 \(epoch 1\), before any step: look for an overflow"):
        solver.train()
    assert solver.loss_history == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X_val": None, "y_val": None}, "data has no X_val and no y_val; it holds X_train, y_train"),
        ({"X_train": [1, 2]}, "X_train is a list of 2, expected a tensor"),
        ({"y_val": torch.zeros(30, 1)}, r"y_val is a tensor of shape \(30, 1\)"),
        ({"y_train": torch.zeros(90)}, "y_train is .* dtype float32, expected whole numbers"),
        ({"y_train": torch.zeros(80, dtype=torch.int64)}, r"X_train is .* \(90, 4\) .* y_train has 80 labels"),
        ({"X_val": torch.zeros(30, 5)}, r"shapes \(4,\) and \(5,\), expected the same"),
    ],
)
def test_data_that_do_not_fit(data, change, message):
    data = {name: value for name, value in (data | change).items() if value is not None}
    with pytest.raises(SolverError, match=message):
        make(data)


class Odd(Softmax):
    """A model that answers what it was told to."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def loss(self, X, y=None):
        right = super().loss(X, y)
        return right if y is None else self.answer(*right)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda loss, grads: None, r"returned None, expected \(loss, grads\): is a return missing\?"),
        (lambda loss, grads: loss, r"returned a tensor of shape \(\) .*, expected \(loss, grads\)"),
        (lambda loss, grads: (loss, {"W": grads["W"]}), "grads: b missing"),
        (lambda loss, grads: (loss.repeat(3), grads), r"the loss is a tensor of shape \(3,\) .*, expected one number"),
        (lambda loss, grads: (None, grads), "the loss is None, expected one number"),
        (lambda loss, grads: (loss, grads | {"b": grads["b"].sum()}), r"b is a tensor of shape \(\) .* \(3,\)"),
    ],
)
def test_a_model_whose_answers_do_not_fit(data, answer, message):
    with pytest.raises(SolverError, match=message):
        make(data, Odd(answer)).train()


def test_a_model_whose_scores_do_not_fit(data):
    class Always(Softmax):
        def loss(self, X, y=None):
            return super().loss(X, torch.zeros(len(X), dtype=torch.int64))

    with pytest.raises(SolverError, match=r"model.loss\(X\) returned a tuple of 2 for 90 images, expected scores"):
        make(data, Always()).check_accuracy(data["X_train"], data["y_train"])
    with pytest.raises(SolverError, match="3 images and 2 labels"):
        make(data).check_accuracy(torch.zeros(3, 4), torch.zeros(2))


def test_a_model_without_parameters(data):
    class Bare:
        def loss(self, X, y=None):
            return X

    with pytest.raises(SolverError, match=r"Bare\.params is None, expected a dict of tensors"):
        Solver(Bare(), data, sgd)
    model = Softmax()
    model.params["W"] = [1.0]
    with pytest.raises(SolverError, match=r"Softmax\.params\['W'\] is a list of 1"):
        Solver(model, data, sgd)
    with pytest.raises(SolverError, match=r"on cpu, and the solver has device='cuda': give the model and the solver"):
        Solver(Softmax(), data, sgd, device="cuda")


def test_rules_and_settings_that_do_not_fit(data):
    with pytest.raises(SolverError, match="update_rule is 'adam', expected a function such as sgd, without quotes"):
        Solver(Softmax(), data, "adam")
    with pytest.raises(SolverError, match="batch_size is 0"):
        Solver(Softmax(), data, batch_size=0)
    with pytest.raises(SolverError, match=r"update_rule returned None, expected \(next_w, config\)"):
        Solver(Softmax(), data, lambda w, dw, config: None, verbose=False).train()
    with pytest.raises(SolverError, match=r"update_rule: W is a tensor of shape \(\) .* expected shape \(4, 3\)"):
        Solver(Softmax(), data, lambda w, dw, config: (w.sum(), config), verbose=False).train()


def test_what_it_prints(data, capsys):
    make(data, verbose=True, num_epochs=10, print_acc_every=4).train()
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert [line.split("   ")[0] for line in lines] == ["epoch  4 / 10", "epoch  8 / 10", "epoch 10 / 10"]
    assert re.fullmatch(r"epoch  4 / 10   loss 0\.\d{4}   train [ \d]+\.\d %   val [ \d]+\.\d %   \d+\.\d s", lines[0])
    make(data, verbose=True, print_acc_every=0).train()
    make(data, verbose=False).train()
    assert capsys.readouterr() == ("", "")


class Terminal:
    """What a terminal's screen shows in the end."""

    encoding = "utf-8"

    def __init__(self):
        self.written = ""

    def isatty(self):
        return True

    def write(self, text):
        self.written += text

    def flush(self):
        pass

    def screen(self):
        rows = []
        for row in self.written.split("\n"):
            shown = ""
            for part in row.split("\r"):
                shown = part + shown[len(part) :]
            rows.append(shown.rstrip())
        return "\n".join(rows)


def test_in_a_terminal_the_passing_line_is_rewritten_and_goes(monkeypatch):
    monkeypatch.setattr("deeprob.progress._REFRESH_SECONDS", 0)
    terminal = Terminal()
    with contextlib.redirect_stdout(terminal), Progress() as progress:
        progress.now("a long passing line")
        progress.now("short")
        assert terminal.screen() == "short"
        progress.line("stays")
        progress.now("passing")
        assert terminal.screen() == "stays\npassing"
    assert terminal.screen() == "stays\n"


def test_in_a_notebook_one_output_is_updated(monkeypatch):
    shown = []

    class Cell:
        def update(self, thing):
            shown.append(repr(thing))

    def display(thing, display_id):
        shown.append(repr(thing))
        return Cell()

    monkeypatch.setattr("deeprob.progress._in_notebook", lambda: True)
    monkeypatch.setattr("deeprob.progress._REFRESH_SECONDS", 0)
    monkeypatch.setattr("IPython.display.display", display)
    with Progress() as progress:
        progress.now("passing")
        progress.line("first")
        progress.now("more")
    assert shown == ["passing", "first", "first\nmore", "first"]


def test_the_passing_line_does_not_flicker(monkeypatch):
    terminal = Terminal()
    with contextlib.redirect_stdout(terminal), Progress() as progress:
        for i in range(1000):
            progress.now(f"step {i}")
    assert terminal.written.count("step") < 20


def test_bars_and_durations():
    assert bar(0, 10, 8) == "[>       ]"
    assert bar(5, 10, 8) == "[====>   ]"
    assert bar(10, 10, 8) == "[========]"
    assert [duration(s) for s in (0.04, 9.94, 42.4, 187)] == ["0.0 s", "9.9 s", "42 s", "3 min 07 s"]
