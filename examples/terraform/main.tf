# Kubernetes objects by a function that `eks-lambda setup --allow apply:… delete:…` made. See docs/terraform.md.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.1" }
  }
}

variable "function_name" {
  description = "What `eks-lambda setup` shows after `function`"
  type        = string
}

variable "owner" {
  description = "Tells these objects from those of other modules: another one for each"
  type        = string
}

variable "manifests" {
  description = "The objects: all that are left out of a later apply are deleted"
  type        = any
}

variable "wait" {
  description = "Seconds to wait for rollouts and Jobs, at most the function's timeout; 0 for none"
  type        = number
  default     = 0
}

variable "overwrite" {
  description = "Take over objects that exist and are not this owner's; destroy gives them back"
  type        = bool
  default     = false
}

variable "attempt" {
  description = "Another number repeats an apply"
  type        = number
  default     = 1
}

resource "aws_lambda_invocation" "objects" {
  function_name   = var.function_name
  lifecycle_scope = "CRUD"
  input = jsonencode({
    owner     = var.owner
    manifests = var.manifests
    wait      = var.wait
    overwrite = var.overwrite
    attempt   = var.attempt
  })
}

output "result" {
  value = jsondecode(aws_lambda_invocation.objects.result)
}
