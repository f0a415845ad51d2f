"""Notebooks: results show a table and loss curves, and draw figures on demand."""

from html.parser import HTMLParser

import pytest

import initbench
from initbench.errors import UsageError

HOSTILE = "<script>alert(1)</script>&"
SETTINGS = {
    "name": "small",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [4]},
    "training": {"epochs": 3},
    "inits": ["zeros", {"name": "he", "label": HOSTILE}],
    "seeds": 2,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return results of two schemes, one with a hostile label."""
    return initbench.run(SETTINGS, results=tmp_path_factory.mktemp("a") / "b", plots=False)


def elements(html):
    """Return the names of all elements, and of all attributes."""
    found, attributes = [], set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append(tag)
            attributes.update(name for name, _ in attrs)

    Reader().feed(html)
    return found, attributes


def test_results_show_a_table_and_loss_curves(results):
    """With a row for each scheme, and one embedded image."""
    html = results._repr_html_()
    found, attributes = elements(html)
    assert found.count("tr") == 3
    assert found.count("img") == 1
    assert 'src="data:image/png;base64,' in html
    assert attributes == {"alt", "src"}


def test_a_label_with_markup_is_shown_as_text(results):
    """It adds no element."""
    html = results._repr_html_()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in html
    assert "script" not in elements(html)[0]


def test_a_long_sweep_is_cut(tmp_path):
    """Six tables are shown, and the number of the others."""
    config = {
        **SETTINGS,
        "sweep": {"training.optimizer.learning_rate": [0.1 * n for n in range(1, 9)]},
    }
    html = initbench.run(config, results=tmp_path / "r", plots=False)._repr_html_()
    assert elements(html)[0].count("table") == 6
    assert "2 more settings" in html


@pytest.mark.parametrize("kind", ["loss_curves", "final_scores", "decision_boundaries"])
def test_each_plot_is_a_matplotlib_figure(results, kind):
    """It can be saved and changed."""
    figure = getattr(results.plot, kind)()
    assert type(figure).__module__ == "matplotlib.figure"
    assert figure.axes


def test_loading_and_rebuilding_give_results_with_figures(results):
    """As `run` does."""
    for again in (
        initbench.load_results(results.folder),
        initbench.rebuild(results.folder, plots=False),
    ):
        assert again == results
        assert again.plot.results is again


def test_a_figure_that_does_not_exist_is_refused(tmp_path):
    """Digits have no decision boundary; the message names the figures. A wrong cell is refused."""
    config = {**SETTINGS, "dataset": {"name": "digits"}, "training": {"epochs": 1}, "seeds": 1}
    results = initbench.run(config, results=tmp_path / "r", plots=False)
    with pytest.raises(
        UsageError, match=r"no figure decision_boundaries\. Figures: loss_curves, final_scores"
    ):
        results.plot.decision_boundaries()
    with pytest.raises(UsageError, match="no cell 1"):
        results.plot.loss_curves(cell=1)


@pytest.mark.parametrize("kind", ["signals", "histograms", "jacobians"])
def test_figures_of_untrained_networks_need_a_probe(results, tmp_path, kind):
    """Without a probe the message names the figures that exist."""
    probed = initbench.run({**SETTINGS, "probe": True}, results=tmp_path, plots=False)
    assert "before training" in getattr(probed.plot, kind)().get_suptitle()
    with pytest.raises(UsageError, match=f"have no figure {kind}. Figures: loss_curves"):
        getattr(results.plot, kind)()


def test_the_figures_of_results_are_completed_and_named(results):
    """Only those that these results have: a figure that would raise an error is not offered."""
    offered = dir(results.plot)
    assert "loss_curves" in offered
    assert all(name in repr(results.plot) for name in offered)
    for name in offered:
        getattr(results.plot, name)()
