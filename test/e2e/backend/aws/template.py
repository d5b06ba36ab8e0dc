"""Processes a template before resources are touched: parsing, transform, parameters, validation."""

import datetime
import json
import re

from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

MAX_BODY = 51_200
SAM = "AWS::Serverless-2016-10-31"
# The property that names a resource, for types whose custom names need CAPABILITY_NAMED_IAM.
IAM_NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::UserToGroupAddition": None,
}


class TransformFailed(Exception):
    """The transform failed. The change set fails; the API call succeeds."""


class InsufficientCapabilities(CloudFormationError):
    code = "InsufficientCapabilitiesException"


def check_body(body):
    if len(body.encode()) > MAX_BODY:
        raise ValidationError(
            message=f"1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY}"
        )


def check_stack_name(name):
    if len(name) > 128:
        constraint = "Member must have length less than or equal to 128"
    elif not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]*", name):
        constraint = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    else:
        return
    raise ValidationError(
        message=f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {constraint}"
    )


def plain(value):
    """Undoes two conversions of YAML: dates such as `2012-10-17` become text, and `Fn::GetAtt: A.B` a list."""
    if isinstance(value, dict):
        if isinstance(value.get("Fn::GetAtt"), str):
            return {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def parse(body):
    try:
        document = plain(yaml_parse(body))
    except Exception as error:
        raise ValidationError(message=f"Template format error: YAML not well-formed. ({error})") from error
    if not isinstance(document, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    if not isinstance(document.get("Resources"), dict) or not document["Resources"]:
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    return document


def has_transform(document):
    return bool(document.get("Transform"))


def transformed(document, parameters):
    """Transforms the template with SAM's own translator, as CloudFormation does."""
    transforms = document.get("Transform") or []
    for name in [transforms] if isinstance(transforms, str) else transforms:
        if name != SAM:
            raise ValidationError(message=f"No transform named {name} found.")
    if not transforms:
        return document
    try:
        # The translator modifies its input and returns dictionaries of a class of its own.
        given = json.loads(json.dumps(document))
        return plain(json.loads(json.dumps(transform(given, dict(parameters), ManagedPolicyLoader(None)))))
    except InvalidDocumentException as error:
        causes = " ".join(cause.message for cause in error.causes)
        raise TransformFailed(
            f"Transform {SAM} failed with: Invalid Serverless Application Specification document. "
            f"Number of errors found: {len(error.causes)}. {causes}"
        ) from error


def check_parameters(document, given):
    """Refuses parameters that are not declared, missing, or have a value that is not allowed."""
    slots = document.get("Parameters") or {}
    unknown = [name for name in given if name not in slots]
    if unknown:
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, slot in slots.items() if name not in given and "Default" not in slot]
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    for name, slot in slots.items():
        value = str(given.get(name, slot.get("Default", "")))
        allowed = slot.get("AllowedValues")
        if allowed and value not in [str(item) for item in allowed]:
            values = ", ".join(str(item) for item in allowed)
            raise ValidationError(message=f"Parameter '{name}' must be one of AllowedValues: [{values}]")
        pattern = slot.get("AllowedPattern")
        if pattern and not re.fullmatch(pattern, value):
            described = slot.get("ConstraintDescription") or f"must match pattern {pattern}"
            raise ValidationError(message=f"Parameter '{name}' failed to satisfy constraint: {described}")
        for bound, wrong in (("MinLength", len(value).__lt__), ("MaxLength", len(value).__gt__)):
            if bound in slot and wrong(int(slot[bound])):
                raise ValidationError(message=f"Parameter '{name}' failed to satisfy constraint: {bound} is {slot[bound]}")


def check_capabilities(resources, capabilities):
    iam = [resource for resource in resources.values() if resource["Type"] in IAM_NAMES]
    named = [resource for resource in iam if IAM_NAMES[resource["Type"]] in resource.get("Properties", {})]
    if named and "CAPABILITY_NAMED_IAM" not in capabilities:
        raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_NAMED_IAM]")
    if iam and not {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(capabilities):
        raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_IAM]")
