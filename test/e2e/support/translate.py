"""
Transforms a template with SAM's translator and evaluates its conditions. The arguments are the template and a folder.
Stdin is a JSON object of names and parameters; each becomes a file in the folder.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "backend" / "aws"))
from template import parse, transformed  # noqa: E402

NOTHING = {"Ref": "AWS::NoValue"}


def decided(document, values):
    def holds(condition):
        ((kind, given),) = condition.items()
        if kind == "Condition":
            return holds(document["Conditions"][given])
        if kind == "Fn::Equals":
            left, right = (values[side["Ref"]] if isinstance(side, dict) else side for side in given)
            return left == right
        return {
            "Fn::Not": lambda: not holds(given[0]),
            "Fn::And": lambda: all(map(holds, given)),
            "Fn::Or": lambda: any(map(holds, given)),
        }[kind]()

    def resolve(part):
        if isinstance(part, dict) and list(part) == ["Fn::If"]:
            name, yes, no = part["Fn::If"]
            return resolve(yes if holds({"Condition": name}) else no)
        if isinstance(part, dict):
            return {key: item for key, item in ((key, resolve(item)) for key, item in part.items()) if item != NOTHING}
        if isinstance(part, list):
            return [item for item in map(resolve, part) if item != NOTHING]
        return part

    def kept(section):
        return {
            name: resolve({key: item for key, item in one.items() if key != "Condition"})
            for name, one in document[section].items()
            if "Condition" not in one or holds({"Condition": one["Condition"]})
        }

    parameters = {
        name: {**slot, **({"Default": values[name]} if values.get(name) else {})}
        for name, slot in document["Parameters"].items()
    }
    rest = {key: item for key, item in document.items() if key != "Conditions"}
    return {**rest, "Parameters": parameters, "Resources": kept("Resources"), "Outputs": kept("Outputs")}


template, folder = (Path(argument) for argument in sys.argv[1:])
for name, values in json.load(sys.stdin).items():
    document = transformed(parse(template.read_text()), values)
    (folder / f"{name}.json").write_text(json.dumps(decided(document, values), indent=1))
