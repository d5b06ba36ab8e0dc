// Prints the Go types that the API server decodes objects into, as JSON: for each struct its fields, in order, with the
// name in JSON, the type, and what of it is omitted. Takes kinds: v1/Pod apps/v1/Deployment.
package main

import (
	"encoding"
	"encoding/json"
	"os"
	"path"
	"reflect"
	"strings"

	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// empty, zero, or nothing
	Omit   string `json:"omit"`
	Inline bool   `json:"inline"`
}

type named struct {
	// The struct's fields, or the type that a named type stands for.
	Fields []field `json:"fields,omitempty"`
	Of     string  `json:"of,omitempty"`
}

var (
	types       = map[string]named{}
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
	text        = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// nameOf returns the whole path of a named type, before its name: k8s.io/api/apps/v1.Deployment.
func nameOf(t reflect.Type) string {
	switch {
	case t.PkgPath() != "":
		learn(t)
		return t.PkgPath() + "." + t.Name()
	case t.Kind() == reflect.Pointer:
		return "*" + nameOf(t.Elem())
	case t.Kind() == reflect.Slice:
		return "[]" + nameOf(t.Elem())
	case t.Kind() == reflect.Map:
		return "map[" + nameOf(t.Key()) + "]" + nameOf(t.Elem())
	default:
		return t.String()
	}
}

func learn(t reflect.Type) {
	name := t.PkgPath() + "." + t.Name()
	if _, known := types[name]; known {
		return
	}
	types[name] = named{}
	if reflect.PointerTo(t).Implements(unmarshaler) || reflect.PointerTo(t).Implements(text) {
		types[name] = named{Of: "itself"}
		return
	}
	if t.Kind() != reflect.Struct {
		of := t.Kind().String()
		switch t.Kind() {
		case reflect.Map:
			of = "map[" + nameOf(t.Key()) + "]" + nameOf(t.Elem())
		case reflect.Slice:
			of = "[]" + nameOf(t.Elem())
		}
		types[name] = named{Of: of}
		return
	}
	fields := []field{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, has := f.Tag.Lookup("json")
		parts := strings.Split(tag, ",")
		if !f.IsExported() || tag == "-" {
			continue
		}
		options := strings.Join(parts[1:], ",")
		given := field{Name: parts[0], Type: nameOf(f.Type), Inline: f.Anonymous && parts[0] == ""}
		if strings.Contains(options, "omitempty") {
			given.Omit = "empty"
		}
		if strings.Contains(options, "omitzero") {
			given.Omit = "zero"
		}
		if !has || (given.Name == "" && !given.Inline) {
			given.Name = f.Name
		}
		fields = append(fields, given)
	}
	types[name] = named{Fields: fields}
}

func main() {
	if err := extensions.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	kinds := map[string]string{}
	for _, id := range os.Args[1:] {
		version, kind := path.Split(id)
		gv, err := schema.ParseGroupVersion(strings.TrimSuffix(version, "/"))
		if err != nil {
			panic(err)
		}
		object, err := scheme.Scheme.New(gv.WithKind(kind))
		if err != nil {
			panic(err)
		}
		kinds[id] = nameOf(reflect.TypeOf(object).Elem())
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"kinds": kinds, "types": types}); err != nil {
		panic(err)
	}
}
