// The walkthrough's handler, measured: client-go, and a kubeconfig whose exec plugin is the aws-iam-authenticator.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strconv"
	"syscall"
	"time"

	"eks-lambda-bench/begin"

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

// cpuMs and rssKb count what the exec plugin used, too.
func cpuMs() float64 {
	total := 0.0
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			panic(err)
		}
		total += float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
	}
	return total
}

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

func millis(since time.Time) float64 { return float64(time.Since(since).Nanoseconds()) / 1e6 }

// Arguments: a prefix of names, and the number of warm calls. What Node does in require, Go does before main: it
// initialises packages.
func main() {
	loadMs := millis(begin.At)
	prefix := os.Args[1]
	warmCalls, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	start := time.Now()
	if err := handle(context.Background(), prefix+"-first"); err != nil {
		panic(err)
	}
	firstMs := millis(start)
	answeredAt := float64(time.Now().UnixMicro()) / 1e3
	firstCPU := cpuMs()
	warmMs := make([]float64, 0, warmCalls)
	for i := range warmCalls {
		start := time.Now()
		if err := handle(context.Background(), prefix+"-"+strconv.Itoa(i)); err != nil {
			panic(err)
		}
		warmMs = append(warmMs, millis(start))
	}
	result := map[string]any{
		"loadMs": loadMs, "firstMs": firstMs, "answeredAt": answeredAt, "cpuMs": firstCPU,
		"warmMs": warmMs, "warmCpuMs": cpuMs() - firstCPU, "rssKb": rssKb(),
	}
	if err := json.NewEncoder(out).Encode(result); err != nil {
		panic(err)
	}
	if err := out.Flush(); err != nil {
		panic(err)
	}
}
