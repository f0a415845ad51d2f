"""Writing YAML that every reader reads back unchanged, by the rules of YAML 1.2 and of 1.1."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from initbench.config.reading import FLOAT, INTEGER

WIDTH: Final = 100


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper, which also quotes text that is a number in YAML 1.2 only."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        """Write repeated values out."""
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", INTEGER, list("-+0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+.0123456789"))


def write_yaml(settings: Mapping[str, Any]) -> str:
    """Return plain values as YAML, with each section of scalars on one line."""
    return str(
        yaml.dump(
            dict(settings),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=WIDTH,
        )
    )


def write_value(value: Any) -> str:
    """Return one value as YAML on one line.

    Examples
    --------
    >>> write_value({"name": "adam", "beta1": 0.8}), write_value(None)
    ('{name: adam, beta1: 0.8}', 'null')
    """
    text = yaml.dump(
        [value], Dumper=_Dumper, sort_keys=False, default_flow_style=True, width=float("inf")
    )
    return str(text).strip()[1:-1]
