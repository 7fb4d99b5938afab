"""YAML as JSON would hold it: safe, no tags, no duplicate or endless expansion."""

from typing import Any

import yaml

#: Aliases that are followed; a document that shares more is made to be large.
MOST_ALIASES = 1000


class _Loader(yaml.CSafeLoader):
    """The safe loader, without dates: JSON has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in pairs if not tag.endswith(":timestamp")]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Any:
    """Read one YAML document.

    Raises:
        ValueError: It is none, or leans on too many aliases.
    """
    try:
        aliases = sum(
            isinstance(event, yaml.AliasEvent)
            for event in yaml.parse(text, Loader=_Loader)
        )
        if aliases > MOST_ALIASES:
            raise ValueError(f"more than {MOST_ALIASES} aliases")
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is the safe loader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:200]) from error
    except RecursionError as error:
        raise ValueError("nested too deeply, or an alias of itself") from error
