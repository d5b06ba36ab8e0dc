// The walkthrough's handler, measured: client-go, and a kubeconfig whose exec plugin is the aws-iam-authenticator. Under
// Lambda's runtime API it serves that; else it follows the protocol of child.mjs.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func handle(ctx context.Context, name string) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	replicas := int32(2)
	labels := map[string]string{"app": "demo"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name:  "web",
					Image: "nginx:1.12",
					Ports: []corev1.ContainerPort{{Name: "http", Protocol: corev1.ProtocolTCP, ContainerPort: 80}},
				}}},
			},
		},
	}
	_, err = clientset.AppsV1().Deployments("default").Create(ctx, deployment, metav1.CreateOptions{})
	return err
}

// rssKb is the most that this process or one of its exec plugins had.
func rssKb() int64 {
	var self, children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		panic(err)
	}
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		panic(err)
	}
	return max(self.Maxrss, children.Maxrss)
}

func timed(name string) float64 {
	start := time.Now()
	if err := handle(context.Background(), name); err != nil {
		panic(err)
	}
	return float64(time.Since(start).Nanoseconds()) / 1e6
}

func tell(result map[string]any) {
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
}

func number(arg int) int {
	value, err := strconv.Atoi(os.Args[arg])
	if err != nil {
		panic(err)
	}
	return value
}

func serve(ctx context.Context) error {
	invocation, _ := lambdacontext.FromContext(ctx)
	return handle(ctx, "nginx-"+invocation.AwsRequestID)
}

func main() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(serve)
	}
	prefix, warmCalls, pause := os.Args[1], number(2), time.Duration(number(3))*time.Millisecond
	tell(map[string]any{"initialisedAt": float64(time.Now().UnixMicro()) / 1e3})
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		panic(err)
	}
	firstMs := timed(prefix + "-first")
	warmMs := make([]float64, 0, warmCalls)
	for i := range warmCalls {
		time.Sleep(pause)
		warmMs = append(warmMs, timed(prefix+"-"+strconv.Itoa(i)))
	}
	tell(map[string]any{"firstMs": firstMs, "warmMs": warmMs, "rssKb": rssKb()})
}
