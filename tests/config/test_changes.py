"""Two results folders are compared by what their configs say."""

import pytest

from initbench.config.changes import changed_settings


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a config into a folder of its own."""

    def make(name, text):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.yaml").write_text(text)
        return folder

    return make


def test_settings_that_differ_are_named_with_both_values(write):
    """By their paths, in the order of the first config; schemes by label."""
    old = write(
        "old",
        "name: a\ntraining: {epochs: 100, optimizer: {name: sgd, learning_rate: 0.1}}\n"
        "inits: [{name: zeros, label: z}, {name: random, label: r, std: 0.1}]\nseeds: 10\n",
    )
    new = write(
        "new",
        "name: a\ntraining: {epochs: 50, optimizer: {name: sgd, learning_rate: 0.1}}\n"
        "inits: [{name: random, label: r, std: 0.2}]\nseeds: [1, 2]\n",
    )
    assert changed_settings(old, new) == {
        "training.epochs": ("100", "50"),
        "inits.z.name": ("zeros", "(not set)"),
        "inits.r.std": ("0.1", "0.2"),
        "seeds": ("10", "[1, 2]"),
    }
    assert changed_settings(old, old) == {}


@pytest.mark.parametrize("text", ["", "[1, 2", "- a", "a: !!python/object:x {}"])
def test_a_text_that_is_no_config_has_no_changes(write, text):
    """A folder from elsewhere costs the difference of its numbers nothing."""
    sound = write("sound", "name: a\n")
    assert changed_settings(sound, write("other", text)) == {}
    assert changed_settings(sound, sound / "absent" / "metrics.json") == {}
