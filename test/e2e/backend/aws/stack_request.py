"""Parses and validates the input of CreateChangeSet, CreateStack and UpdateStack."""

import re

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.cloudformation.utils import generate_stack_id

import place
from resource_map import load
from template import (
    InsufficientCapabilities, check_body, check_capabilities, check_parameters, check_stack_name, has_transform, parse,
    transformed,
)

# Source: "CloudFormation quotas" in the CloudFormation User Guide.
MAX_TEMPLATE = 1_000_000
STABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def existing(backend, name):
    """The stack with this name or id, or None. Deleted stacks are found by id only."""
    for stack in backend.stacks.values():
        if name in (stack.name, stack.stack_id):
            return stack
    return backend.deleted_stacks.get(name)


def new_stack(backend, name, tags, role_arn):
    stack = Stack(
        stack_id=generate_stack_id(name, backend.region_name, backend.account_id), name=name, template={},
        parameters={}, account_id=backend.account_id, region_name=backend.region_name, tags=tags, role_arn=role_arn,
        cross_stack_resources=backend.exports,
    )
    # moto gives a stack its own dictionary where there are no exports yet.
    stack.cross_stack_resources = backend.exports
    stack.status_reason = None
    backend.stacks[stack.stack_id] = stack
    return stack


S3_HOST = r"https://(?:([\w.-]+)\.)?s3(?:[.-][\w-]+)?\.amazonaws\.com(?:\.cn)?"
# The SAM CLI takes the host from the endpoint that it uploads to. The empty group is for the bucket, which is in the path.
OWN_HOST = r"http://127\.0\.0\.1:\d+()"


def body_at(url):
    """The template in a bucket, by an address that has the bucket in its host or its path."""
    found = re.fullmatch(rf"{S3_HOST}/([^?#]+)", url) or re.fullmatch(rf"{OWN_HOST}/([^?#]+)", url)
    if found is None:
        raise ValidationError(message="TemplateURL must be a supported URL.")
    bucket, key = [part for part in (found[1], *found[2].split("/", 0 if found[1] else 1)) if part]
    if bucket not in place.s3().buckets:
        refuse_s3("The specified bucket does not exist")
    stored = place.s3().get_object(bucket, key)
    if stored is None:
        refuse_s3("The specified key does not exist.")
    if len(stored.value) > MAX_TEMPLATE:
        raise ValidationError(message=f"Template may not exceed {MAX_TEMPLATE} bytes in size.")
    return stored.value.decode()


def refuse_s3(what):
    more = "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
    raise ValidationError(message=f"S3 error: {what}\n{more}")


class Request:
    """The common input of CreateChangeSet, CreateStack and UpdateStack."""

    def __init__(self, response):
        get = response._get_param
        self.backend = response.cloudformation_backend
        self.name = get("StackName")
        self.stack = existing(self.backend, self.name)
        self.tags = {tag["Key"]: tag["Value"] for tag in get("Tags", [])}
        self.role_arn = get("RoleARN")
        self.description = get("Description")
        self.capabilities = get("Capabilities", [])
        previous = response._get_bool_param("UsePreviousTemplate", False)
        self.body = get("TemplateBody")
        if not self.name.startswith("arn:"):
            check_stack_name(self.name)
        if self.body:
            check_body(self.body)
        elif get("TemplateURL"):
            self.body = body_at(get("TemplateURL"))
        elif previous and self.stack:
            self.body = self.stack.template
        else:
            raise ValidationError(message="Either Template URL or Template Body must be specified.")
        self.document = parse(self.body)
        old = self.stack.parameters if self.stack else {}
        self.parameters = {}
        for given in get("Parameters", []):
            key = given["ParameterKey"]
            if not given.get("UsePreviousValue"):
                self.parameters[key] = given["ParameterValue"]
            elif key in old:
                self.parameters[key] = old[key]
        check_parameters(self.document, self.parameters)

    def require(self, created_by_change_set):
        """Returns the template to deploy. Refuses the request if a capability is missing."""
        document = transformed(self.document, self.parameters)
        if has_transform(self.document) and not created_by_change_set and "CAPABILITY_AUTO_EXPAND" not in self.capabilities:
            raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
        check_capabilities(document["Resources"], self.capabilities)
        return document

    def is_unchanged(self, document):
        stack = self.stack
        old = {key: value for key, value in stack.template_dict.items() if key not in ("Description", "Metadata")}
        new = {key: value for key, value in document.items() if key not in ("Description", "Metadata")}
        resolved = load(stack, document, self.parameters).resolved_parameters
        return old == new and stack.resource_map.resolved_parameters == resolved and stack.tags == self.tags


def new_stack_for_checks(request):
    """A temporary stack for validation, so that an invalid template leaves no stack in review."""
    stack = new_stack(request.backend, request.name, request.tags, request.role_arn)
    return request.backend.stacks.pop(stack.stack_id)


def refuse_unstable(stack):
    if stack.status not in STABLE:
        raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
