"""Whatever a user can get wrong is said in words that name the culprit, with exit code 2 or 4."""

from pathlib import Path

import pytest

from initbench.experiment import session

RUN = ("run", "tiny.yaml")
COMPARE = ("compare", "--inits", "he")
LONG = "x" * 300

USAGE = [
    (("run",), "Missing argument 'CONFIG...'"),
    (("run", "nowhere.yaml"), "there is no config nowhere.yaml"),
    (("run", "tinny.yaml"), "Did you mean 'tiny.yaml'?"),
    (("run", "."), ". is a folder, not a config file"),
    (("run", LONG), f"{LONG}' cannot be read"),
    (("run", "broken.yaml"), "broken.yaml is not a valid experiment\n  line 2"),
    ((*RUN, "--inits", ""), "--inits : must be from 1 to 1000 initializations, not 0"),
    ((*RUN, "--inits", ","), "'--inits': ',' is not YAML"),
    ((*RUN, "--inits", "[he"), "'--inits': '[he' is not YAML"),
    ((*RUN, "--inits", "he], x: [y"), "'--inits': 'he], x: [y' is not YAML"),
    ((*RUN, "--inits", "zeros,hee"), "--inits zeros,hee: inits[1]: unknown initializer 'hee'"),
    ((*RUN, "--inits", "he,he"), "--inits he,he: inits[1]: is labelled 'he', as inits[0] is"),
    ((*RUN, "--inits", "{name: random, std: -1}"), "inits[0].std: must be at least 0, not -1"),
    ((*RUN, "--seeds", "-1"), "--seeds -1: must be from 1 to 10000 seeds, not -1"),
    ((*RUN, "--seeds", "0"), "--seeds 0: must be from 1"),
    ((*RUN, "--seeds", "1.5"), "--seeds 1.5: must be a number of seeds or a list"),
    ((*RUN, "--seeds", "[3, 3]"), "--seeds [3, 3]: seeds[1]: seed 3 is seeds[0] already"),
    ((*RUN, "--seeds", "9" * 200), "'--seeds'"),
    ((*RUN, "--set", "="), "--set =: the key must be names"),
    ((*RUN, "--set", "target"), "--set target: must be KEY=VALUE"),
    ((*RUN, "--set", "target=[1"), "--set target=[1: is not YAML"),
    ((*RUN, "--set", "training.epoch=5"), "--set training.epoch=5: unknown key. Did you mean"),
    ((*RUN, "--set", "inits.7.std=1"), "--set inits.7.std=1: inits is a list"),
    ((*RUN, "--set", "name=../x"), "--set name=../x: must begin with a letter or digit"),
    ((*RUN, "--set", "name=a\x1b[31m"), r"--set 'name=a\x1b[31m': has a character"),
    ((*RUN, "--results", ""), "results must be a path, not ''"),
    ((*RUN, "-q", "-v"), "-q and -v exclude each other"),
    ((*RUN, "tiny.yaml"), "tiny.yaml and tiny.yaml are both named 'tiny'"),
    ((*RUN, "other.yaml", "--set", "name=one"), "are both named 'one'"),
    ((*RUN, "other.yaml", "--results", "x"), "--results names one folder"),
    ((*RUN, "--frob"), "--frob"),  # click has had several words for it
    (("compare",), "Missing option '--inits'"),
    ((*COMPARE, "more"), "unexpected extra argument (more)"),
    ((*COMPARE, "--hidden", "0"), "--hidden 0: network.hidden[0]: must be at least 1, not 0"),
    ((*COMPARE, "--hidden", "abc"), "--hidden abc: network.hidden[0]: must be an integer"),
    ((*COMPARE, "--hidden", "1.5,2"), "--hidden 1.5,2: network.hidden[0]: must be an integer"),
    ((*COMPARE, "--lr", "nan"), "--lr nan: must be a number, not 'nan'"),
    ((*COMPARE, "--lr", ".nan"), "--lr .nan: must be finite, not nan"),
    ((*COMPARE, "--lr", "0"), "--lr 0: must be greater than 0, not 0"),
    ((*COMPARE, "--momentum", "1"), "--momentum 1: must be at least 0 and less than 1"),
    ((*COMPARE, "--epochs", "-1"), "--epochs -1: must be at least 0, not -1"),
    ((*COMPARE, "--batch-size", "ful"), "--batch-size ful: must be an integer of at least 1, or"),
    ((*COMPARE, "--activation", "rellu"), "--activation rellu: unknown activation 'rellu'. Did"),
    ((*COMPARE, "--optimizer", "adm"), "--optimizer adm: unknown optimizer 'adm'"),
    (
        (*COMPARE, "--lr", "1", "--optimizer", "adm"),
        "--optimizer adm: training.optimizer.name: unk",
    ),
    (
        (*COMPARE, "--momentum", "0.9", "--optimizer", "adam"),
        "--momentum 0.9: unknown key. Known: ",
    ),
    ((*COMPARE, "--activation", "{name: relu, slope: 1}"), "network.activation.slope: unknown key"),
    (
        (*COMPARE, "--activation", "{name: leaky_relu, slope: 2}"),
        "slope: must be at least 0 and at",
    ),
    (
        (*RUN, "--set", "training.optimizer.momentm=1"),
        "momentm=1: unknown key. Did you mean 'momen",
    ),
    ((*RUN, "--set", "network.activation.slope=0.1"), "slope=0.1: network.activation.name: is req"),
    ((*RUN, "--set", "network.depth=3"), "network: give hidden, or depth and width, and not"),
    ((*RUN, "--set", "network.residual=true"), "residual blocks of 2 need 1 + 2 n hidden layers"),
    ((*RUN, "--set", "network.bias=1"), "--set network.bias=1: must be true or false, not 1"),
    (
        (*RUN, "--set", "training.loss=huber"),
        "loss 'huber' does not fit a classification of 2 classes. Known for it: bin",
    ),
    (
        (*RUN, "--set", "training.stop={monitor: tset_loss, target: 0}"),
        "training.stop.monitor: no curve is called 'tset_loss'. Did you mean 'test_loss'?",
    ),
    (
        (*RUN, "--set", "training.stop={monitor: test_r2, target: 0}"),
        "training.stop.monitor: no curve is called 'test_r2'",
    ),
    ((*RUN, "--set", "record.unit=batch"), "record.unit=batch: must be one of epoch, step, not"),
    ((*COMPARE, "--dataset", "../moons"), "--dataset ../moons: unknown data set '../moons'"),
    ((*COMPARE, "--dataset", "{name: moons"), "'--dataset': '{name: moons' is not YAML"),
    ((*COMPARE, "--dataset", "{noise: 1}"), "--dataset {noise: 1}: dataset.name: is required"),
    (("list", "foo"), "'foo' is not one of 'inits'"),
    (("report",), "Missing argument 'RESULTS'"),
    (("report", "nowhere"), "'nowhere' does not exist"),
    (("report", "tiny.yaml"), "'tiny.yaml' is a file"),
    (("report", "."), "holds no results"),
    (("new",), "Missing argument 'NAME'"),
    (("new", "tiny"), "tiny.yaml already exists"),
    (("new", "../x"), "the name must begin with a letter or digit"),
    (("new", ""), "the name must begin with a letter or digit"),
    (("new", "CON"), "the name 'CON' is the name of a device"),
    (("schema", "x"), "initbench schema --check CONFIG"),
]

STORAGE = [
    ((*RUN, "--results", "tiny.yaml"), "tiny.yaml is a file, not a folder"),
    ((*RUN, "--results", "tiny.yaml/x"), "cannot write to the folder tiny.yaml/x"),
    ((*RUN, "--results", LONG), f"cannot read {LONG}"),
    ((*RUN, "--results", "link"), "link is a link to nothing"),
]


@pytest.fixture(autouse=True)
def _no_training(config, monkeypatch):
    """Set a table of wrong calls among right files, and let none of them train."""
    config()
    config("other")
    Path("broken.yaml").write_text("dataset: [moons\n", encoding="utf-8")
    Path("link").symlink_to("nothing")
    monkeypatch.setattr(session, "execute", None)


@pytest.mark.parametrize(("arguments", "words"), USAGE)
def test_an_invalid_call_is_a_usage_error_with_a_message(invoke, arguments, words):
    """The message names the flag or the file; nothing goes to standard output or to the disk."""
    before = sorted(Path().iterdir())
    done = invoke(*arguments)
    assert words in done.stderr
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert sorted(Path().iterdir()) == before


@pytest.mark.parametrize(("arguments", "words"), STORAGE)
def test_a_folder_that_cannot_be_written_is_refused_before_training(invoke, arguments, words):
    """What the machine refuses has an exit code of its own."""
    done = invoke(*arguments)
    assert words in done.stderr
    assert (done.exit_code, done.stdout) == (4, "")


def test_all_that_is_wrong_is_said_at_once(invoke):
    """Each flag that is wrong has its line, and so has each override."""
    flags = ("--lr", "x", "--epochs", "-1", "--hidden", "0", "--set", "foo=1", "--set", "bar")
    lines = invoke(*COMPARE, *flags).stderr.splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == [
        "--epochs -1",
        "--hidden 0",
        "--lr x",
        "--set bar",
        "--set foo=1",
    ]
