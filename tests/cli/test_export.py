"""``initbench export`` prints Python or writes files, and names flags in what it refuses."""

from pathlib import Path

import numpy as np
import pytest

LAYERS = ("--layers", "6,4,2")


def test_python_goes_to_standard_output_alone(invoke):
    """With the scheme's options as numbers."""
    result = invoke("export", "--init", "{name: random, std: 10}", *LAYERS, "--format", "torch")
    assert result.exit_code == 0, result.output
    compile(result.stdout, "start.py", "exec")
    assert "torch.nn.init.normal_(w, std=10.0)" in result.stdout
    assert result.stderr == ""


def test_files_are_named_on_standard_error(invoke):
    """And that noise stood for data."""
    result = invoke("export", "--init", "lsuv", *LAYERS, "--format", "jax", "-o", "net.py")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr.splitlines()[1:] == ["net.npz", "net.py"]
    assert "lsuv used normal noise" in result.stderr


def test_data_and_seed_are_those_that_are_asked_for(invoke):
    """Nothing is said of noise; another seed has other weights."""
    drawn = []
    for seed in ("0", "1"):
        arguments = ("--layers", "64,8,10", "--dataset", "digits", "--seed", seed)
        result = invoke("export", "--init", "lsuv", *arguments, "-o", f"{seed}.npz")
        assert result.stderr == f"{seed}.npz\n"
        drawn.append(np.load(f"{seed}.npz")["W1"])
    assert not np.array_equal(*drawn)


def test_exported_weights_pass_an_audit(invoke):
    """As the scheme that drew it."""
    assert invoke("export", "--init", "he", "--layers", "60,40,20", "-o", "w.npz").exit_code == 0
    assert invoke("audit", "w.npz", "--claims", "he").exit_code == 0
    assert invoke("audit", "w.npz", "--claims", "glorot").exit_code == 1


def test_a_custom_scheme_is_loaded(invoke):
    """No framework draws it."""
    Path("own.py").write_text(
        "import initbench\n@initbench.scheme\ndef tenth(rng, layer):\n"
        '    """A tenth."""\n    return 0.1 * rng.standard_normal(layer.shape)\n'
    )
    own = ("--init", "tenth", "--plugin", "own.py", *LAYERS, "--format", "keras")
    assert "keras has no initializer with the law of tenth" in invoke("export", *own).stderr
    assert invoke("export", *own, "-o", "net.py").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--init", "hee", *LAYERS], "--init hee: unknown initializer 'hee'. Did you mean 'he'?"),
        (["--init", "he", "--layers", "784"], "--layers 784: must be at least two sizes"),
        (["--init", "he", "--layers", "4,x,1"], "--layers 4,x,1: layers[1]: must be an integer"),
        (["--init", "he", *LAYERS, "--activation", "rely"], "Did you mean 'relu'?"),
        (["--init", "he", *LAYERS, "--seed", "-1"], "--seed -1: must be at least 0"),
        (["--init", "he", *LAYERS, "--format", "flax"], "unknown format 'flax'. Known: npz, torch"),
        (["--init", "he", *LAYERS], "say where with --output (-o), as -o start.npz"),
        (["--init", "he,zeros", *LAYERS], "unknown initializer 'he,zeros'"),
        (["--init", "he", *LAYERS, "--dataset", "digits"], "Layers 64,4,10 would fit"),
        (LAYERS, "Missing option '--init'"),
    ],
)
def test_schemes_that_cannot_be_exported_are_refused(invoke, arguments, message):
    """Exit 2, and no traceback."""
    result = invoke("export", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_disk_that_refuses_has_an_exit_code_of_its_own(invoke):
    """And the path is named."""
    Path("taken").write_text("")
    result = invoke("export", "--init", "he", *LAYERS, "-o", "taken/w.npz")
    assert result.exit_code == 4
    assert "taken is a file, not a folder" in result.stderr
