"""
What CloudFormation's resource schemas, as cfn-lint ships them, name for the resource types on stdin, a JSON list: the
IAM actions of each handler and of tagging, and the properties. Its arguments are Regions.
"""

import json
import sys
from importlib.resources import files

SCHEMAS = files("cfnlint") / "data" / "schemas"


def schema(region, resource_type):
    found = json.loads((SCHEMAS / "providers" / f"{region}.json").read_text())[resource_type]
    content = json.loads((SCHEMAS / "resources" / f"{found}.json").read_text())
    return {
        "handlers": {name: handler["permissions"] for name, handler in content["handlers"].items()},
        "tagging": content.get("tagging", {}).get("permissions", []),
        "properties": sorted(content["properties"]),
    }


types = json.load(sys.stdin)
print(json.dumps({region: {name: schema(region, name) for name in types} for region in sys.argv[1:]}))
