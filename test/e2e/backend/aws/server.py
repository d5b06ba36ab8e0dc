"""
The AWS account behind the front: moto with our CloudFormation and EKS, and commands for the backend under /_backend.
The argument is the port to listen on.
"""

import json
import math
import sys
import warnings

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.base_backend import BackendDict
from moto.core.exceptions import AccessDeniedError, JsonRESTError
from moto.iam.access_control import IAMRequest, IAMRequestBase
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.responses import TokenResponse
from werkzeug.serving import WSGIRequestHandler, make_server

import access_policies
import buckets
import changes
import custom
import eks
import functions
import network
import place
import resources
from place import REGION, iam

CREATOR = "admin"


def create_creator():
    """Creates the IAM user who created the cluster, and an access key."""
    iam().create_user(REGION, CREATOR)
    key = iam().create_access_key(CREATOR)
    return {"accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}


def reset():
    """Empties the account. The cluster's creator and its keys remain."""
    creator = iam().users[CREATOR]
    for backends in list(BackendDict._instances):
        if backends.service_name != "iam":
            for account in backends.values():
                account.reset()
    for name in list(iam().roles):
        del iam().roles[name]
    iam().access_keys.clear()
    iam().users.clear()
    iam().users[CREATOR] = creator
    iam().access_keys.update({key.physical_resource_id: key for key in creator.access_keys})
    eks.reset()
    resources.reset()
    settings.INITIAL_NO_AUTH_ACTION_COUNT = math.inf
    return {}


def enforce_policies():
    """
    Lets moto evaluate the caller's policies from now on. Signatures are not checked again: the front has checked them.
    """
    IAMRequestBase.check_signature = lambda _self: None
    ActionAuthenticatorMixin._authenticate_and_authorize_action = but_for_the_backend
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    return {}


AUTHORIZE = ActionAuthenticatorMixin._authenticate_and_authorize_action


def but_for_the_backend(self, *arguments):
    """Authorizes calls, except those in which the backend assumes a function's role in Lambda's place."""
    if "Credential=backend/" not in self.headers.get("Authorization", ""):
        AUTHORIZE(self, *arguments)


def remove(what):
    """Deletes a resource behind the back of its stack."""
    name = what["name"]
    if what["type"] == "AWS::IAM::Role":
        del iam().roles[next(role.id for role in iam().roles.values() if role.name == name)]
    elif what["type"] == "AWS::Lambda::Function":
        place.lambdas().delete_function(name)
    else:
        place.logs().delete_log_group(name)
    return {}


def stack_status(what):
    for stack in place.stacks().values():
        if stack.name == what["stack"]:
            stack.status = what["status"]
    return {}


def fail(logical_id):
    resources.failing.add(logical_id)
    return {}


def missing_architecture(name):
    resources.missing_architectures.add(name)
    return {}


def missing_runtime(name):
    resources.missing_runtimes.add(name)
    return {}


def unknown_parameter(name):
    resources.unknown_parameters.add(name)
    return {}


def full_subnet(subnet_id):
    resources.full_subnets.add(subnet_id)
    return {}


COMMANDS = {
    "access-policies": access_policies.learn,
    "authorize": eks.authorize,
    "creator": lambda _: create_creator(),
    "reset": lambda _: reset(),
    "function": functions.function,
    "begin-call": functions.begin_call,
    "idle": functions.idle,
    "retries": functions.retries,
    "log": functions.log,
    "unpack": functions.unpack,
    "fail": fail,
    "front": custom.use_front,
    "fail-function": functions.fail,
    "refuse-new-roles": eks.refuse_new,
    "fail-updates": lambda _: eks.fail_updates(),
    "missing-architecture": missing_architecture,
    "missing-runtime": missing_runtime,
    "network": network.network,
    "full-subnet": full_subnet,
    "unknown-parameter": unknown_parameter,
    "enforce-policies": lambda _: enforce_policies(),
    "living-cluster": eks.name_the_living,
    "describe-cluster": eks.describe,
    "remove": remove,
    "stack-status": stack_status,
}


def with_commands(app):
    """Serves `POST /_backend/<command>` with a JSON argument, and passes everything else to moto."""

    def dispatch(environ, start_response):
        path = environ["PATH_INFO"]
        if not path.startswith("/_backend/"):
            return app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = json.dumps(COMMANDS[path.removeprefix("/_backend/")](json.loads(body or "null")), default=str)
        start_response("200 OK", [("content-type", "application/json")])
        return [answer.encode()]

    return dispatch


def assume_role_of_existing_roles():
    """Makes STS refuse to assume a role that does not exist, which moto does not check."""
    assume_role = TokenResponse.assume_role

    def checked(self):
        arn = self._get_param("RoleArn")
        if all(role.arn != arn for role in iam().roles.values()):
            _, caller, _ = self.backend.get_caller_identity(self.get_access_key(), self.region)
            raise AccessDeniedError(user_arn=caller, action=f"sts:AssumeRole on resource: {arn}")
        return assume_role(self)

    TokenResponse.assume_role = checked


class AccessDenied(JsonRESTError):
    code = 403


def refuse_in_the_services_protocol():
    """Answers errors of EKS, Lambda and CloudWatch Logs as JSON. moto always answers XML."""
    refuse = IAMRequest._raise_access_denied

    def refused(self):
        if self._service not in ("eks", "lambda", "logs"):
            refuse(self)
        message = f"User: {self._access_key.arn} is not authorized to perform: {self._action}"
        raise AccessDenied("AccessDeniedException", message)

    IAMRequest._raise_access_denied = refused


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_args, **_kwargs):
        """Does nothing: the front logs every request."""


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    changes.install()
    eks.install()
    assume_role_of_existing_roles()
    refuse_in_the_services_protocol()
    functions.install()
    buckets.install()
    server = make_server(
        "127.0.0.1", int(sys.argv[1]), with_commands(DomainDispatcherApplication(create_backend_app)), threaded=True,
        request_handler=Quiet,
    )
    server.serve_forever()
