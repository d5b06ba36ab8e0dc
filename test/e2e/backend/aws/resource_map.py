"""Resources of a template with given parameters: evaluates conditions, checks references, and orders resources."""

import json
import re

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import ResourceMap, clean_json


class Resources(ResourceMap):
    """A moto resource map that the engine fills. Reading it never creates a resource."""

    def __getitem__(self, key):
        return self._parsed_resources[key]

    def __iter__(self):
        return iter(key for key in self._resource_json_map if key in self._parsed_resources)

    def __len__(self):
        return len(list(iter(self)))

    def parse_ssm_parameter(self, value, value_type):
        """The account is bootstrapped for CDK, and has no other parameters in SSM."""
        if re.fullmatch(r"/cdk-bootstrap/\w+/version", value):
            return "27"
        raise ValidationError(message=f"Unable to fetch parameters [{value}] from parameter store for this account.")

    def resolve(self, value):
        return without_none(clean_json(json.loads(json.dumps(value)), self))

    def put(self, logical_id, resource):
        self._parsed_resources[logical_id] = resource

    @property
    def definitions(self):
        return self._resource_json_map


def without_none(value):
    """Removes properties whose value is `AWS::NoValue`."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value if item is not None]
    return value


def load(stack, document, parameters):
    """Builds the map for a template. Leaves out resources whose condition is false."""
    resources = Resources(
        stack.stack_id, stack.name, parameters, stack.tags, account_id=stack.account_id,
        region_name=stack.region_name, template=document, cross_stack_resources=stack.cross_stack_resources,
    )
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    resources._resource_json_map = {
        logical_id: definition
        for logical_id, definition in document["Resources"].items()
        if resources.lazy_condition_map.get(definition.get("Condition"), True)
    }
    check_references(document, resources)
    return resources


def references(value):
    """Names that a part of a template refers to, in all branches of an `Fn::If`."""
    if isinstance(value, list):
        return [name for item in value for name in references(item)]
    if not isinstance(value, dict):
        return []
    found = []
    for key, item in value.items():
        if key == "Ref":
            found.append(item)
        elif key == "Fn::GetAtt":
            found.append(item[0])
        elif key == "Fn::Sub":
            text, own = (item, {}) if isinstance(item, str) else (item[0], item[1])
            names = [match.split(".")[0] for match in re.findall(r"\${([^!}][^}]*)}", text)]
            found += [name for name in names if name not in own] + references(own)
        else:
            found += references(item)
    return found


def check_references(document, resources):
    known = {*document["Resources"], *(document.get("Parameters") or {})}
    for section, parts in (("Resources", resources.definitions), ("Outputs", document.get("Outputs") or {})):
        unknown = [
            name for part in parts.values() for name in references(part)
            if name not in known and not name.startswith("AWS::")
        ]
        if unknown:
            raise ValidationError(
                message=f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] "
                f"in the {section} block of the template"
            )


def in_order(definitions):
    """Logical ids, each after those that it depends on."""
    ordered = []

    def visit(logical_id, trail):
        if logical_id in ordered or logical_id not in definitions:
            return
        if logical_id in trail:
            raise ValidationError(message=f"Circular dependency between resources: [{', '.join(trail)}]")
        definition = definitions[logical_id]
        explicit = definition.get("DependsOn") or []
        for name in [*([explicit] if isinstance(explicit, str) else explicit), *references(definition)]:
            visit(name, [*trail, logical_id])
        ordered.append(logical_id)

    for logical_id in definitions:
        visit(logical_id, [])
    return ordered
