// The part of Terraform's provider for AWS that the tests use: aws_lambda_invocation, as its documentation says, on the
// provider's SDKs. HashiCorp's SDK keeps the input of a failed update (terraform-provider-aws 43447); AWS's SDK signs,
// and repeats a call whose answer was lost.
// Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_invocation
package main

import (
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
	"github.com/hashicorp/terraform-plugin-sdk/v2/plugin"
)

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: func() *schema.Provider {
		return &schema.Provider{
			ConfigureContextFunc: client,
			ResourcesMap:         map[string]*schema.Resource{"aws_lambda_invocation": invocation()},
		}
	}})
}

// client reads the variables that tests set.
func client(context.Context, *schema.ResourceData) (any, diag.Diagnostics) {
	keys := aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	return lambda.New(lambda.Options{
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Region:       os.Getenv("AWS_REGION"),
		Credentials:  aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil }),
	}), nil
}

func invocation() *schema.Resource {
	text := func(one schema.Schema) *schema.Schema {
		one.Type = schema.TypeString
		return &one
	}
	return &schema.Resource{
		CreateWithoutTimeout: invoke("create"),
		ReadWithoutTimeout:   schema.NoopContext,
		UpdateWithoutTimeout: invoke("update"),
		DeleteWithoutTimeout: invoke("delete"),
		CustomizeDiff:        planned,
		Schema: map[string]*schema.Schema{
			"function_name":   text(schema.Schema{Required: true, ForceNew: true}),
			"input":           text(schema.Schema{Required: true, ValidateFunc: validation.StringIsJSON}),
			"lifecycle_scope": text(schema.Schema{Optional: true, Default: "CREATE_ONLY"}),
			"qualifier":       text(schema.Schema{Optional: true, ForceNew: true, Default: "$LATEST"}),
			"result":          text(schema.Schema{Computed: true}),
			"terraform_key":   text(schema.Schema{Optional: true, Default: "tf"}),
			"triggers":        {Type: schema.TypeMap, Optional: true, ForceNew: true, Elem: text(schema.Schema{})},
		},
	}
}

// planned says what a change of the input does: an update with a new result, or a new resource.
func planned(_ context.Context, diff *schema.ResourceDiff, _ any) error {
	if diff.Id() == "" || !diff.HasChange("input") {
		return nil
	}
	if diff.Get("lifecycle_scope") == "CRUD" {
		return diff.SetNewComputed("result")
	}
	return diff.ForceNew("input")
}

func invoke(action string) func(context.Context, *schema.ResourceData, any) diag.Diagnostics {
	return func(ctx context.Context, data *schema.ResourceData, meta any) diag.Diagnostics {
		isCrud := data.Get("lifecycle_scope") == "CRUD"
		if action == "delete" && !isCrud {
			return nil
		}
		before, now := data.GetChange("input")
		payload := []byte(now.(string))
		if isCrud {
			var input, previous map[string]any
			if err := json.Unmarshal(payload, &input); err != nil {
				return diag.Errorf("input must be an object: %s", err)
			}
			// A create has none: null.
			_ = json.Unmarshal([]byte(before.(string)), &previous)
			input[data.Get("terraform_key").(string)] = map[string]any{"action": action, "prev_input": previous}
			payload, _ = json.Marshal(input)
		}
		name, qualifier := data.Get("function_name").(string), data.Get("qualifier").(string)
		answer, err := meta.(*lambda.Client).Invoke(ctx, &lambda.InvokeInput{
			FunctionName: &name,
			Payload:      payload,
			Qualifier:    &qualifier,
		})
		if err != nil {
			return diag.Errorf("invoking Lambda Function (%s): %s", name, err)
		}
		if answer.FunctionError != nil {
			return diag.Errorf("invoking Lambda Function (%s): %s", name, answer.Payload)
		}
		data.SetId(fmt.Sprintf("%s,%s,%x", name, qualifier, md5.Sum(payload)))
		return diag.FromErr(data.Set("result", string(answer.Payload)))
	}
}
