// Prints the Go types that the API server decodes objects into, as JSON: for each struct its fields, in order, with the
// name in JSON, the number in protobuf, the type, and what of it is omitted. Takes kinds: v1/Pod apps/v1/Deployment.
// With -samples N, it prints N random objects of each kind instead, in protobuf and in JSON.
package main

import (
	"encoding"
	"encoding/json"
	"flag"
	"os"
	"path"
	"reflect"
	"strconv"
	"strings"
	"time"

	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/randfill"
)

type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// empty, zero, or nothing
	Omit   string `json:"omit"`
	Inline bool   `json:"inline"`
	// Its number in protobuf; 0 for none.
	Number int `json:"number"`
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
		if encoding := strings.Split(f.Tag.Get("protobuf"), ","); len(encoding) > 1 {
			given.Number, _ = strconv.Atoi(encoding[1])
		}
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

// What random bytes would not make: text, and types that write themselves.
var fillers = []any{
	func(s *string, c randfill.Continue) { *s = strings.Repeat("é", c.Intn(3)) + strconv.Itoa(c.Intn(100)) },
	func(t *metav1.Time, c randfill.Continue) { *t = metav1.Unix(c.Int63n(1<<32), 0) },
	func(t *metav1.MicroTime, c randfill.Continue) {
		*t = metav1.NewMicroTime(time.UnixMicro(c.Int63n(1 << 52)))
	},
	func(q *resource.Quantity, c randfill.Continue) {
		*q = *resource.NewMilliQuantity(c.Int63n(1<<20), resource.DecimalSI)
	},
	func(v *intstr.IntOrString, c randfill.Continue) {
		*v = intstr.FromInt32(c.Int31())
		if c.Bool() {
			*v = intstr.FromString("25%")
		}
	},
	func(r *runtime.RawExtension, c randfill.Continue) { r.Raw = []byte(`{"a":[1,"b",null]}`) },
	func(f *metav1.FieldsV1, c randfill.Continue) { f.Raw = []byte(`{"f:a":{}}`) },
	func(j *extensions.JSON, c randfill.Continue) { j.Raw = []byte(`{"b":1.5}`) },
	func(v *extensions.JSONSchemaPropsOrBool, c randfill.Continue) {
		v.Allows = c.Bool()
		if v.Allows {
			v.Schema = &extensions.JSONSchemaProps{Type: "string"}
		}
	},
	func(v *extensions.JSONSchemaPropsOrArray, c randfill.Continue) {
		v.Schema = &extensions.JSONSchemaProps{Type: "integer"}
	},
	func(v *extensions.JSONSchemaPropsOrStringArray, c randfill.Continue) { v.Property = []string{"a", "b"} },
	func(f *float64, c randfill.Continue) { *f = float64(c.Intn(1000)) / 4 },
	func(i *int64, c randfill.Continue) { *i = c.Int63n(1<<53) - 1<<52 },
}

// Prints a line for each sample. The same arguments make the same samples.
func printSamples(count int, kinds []string) error {
	lines := json.NewEncoder(os.Stdout)
	encoder := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	for _, id := range kinds {
		for seed := range count {
			object, err := objectOf(id)
			if err != nil {
				return err
			}
			randfill.NewWithSeed(int64(seed)).NilChance(0.4).NumElements(0, 3).MaxDepth(14).Funcs(fillers...).Fill(object)
			object.GetObjectKind().SetGroupVersionKind(kindOf(id))
			var bytes strings.Builder
			if err := encoder.Encode(object, &bytes); err != nil {
				return err
			}
			// Protobuf has no difference between nothing and an empty value.
			read, _, err := encoder.Decode([]byte(bytes.String()), nil, nil)
			if err != nil {
				return err
			}
			read.GetObjectKind().SetGroupVersionKind(kindOf(id))
			sample := map[string]any{"kind": id, "protobuf": []byte(bytes.String()), "json": read}
			if err := lines.Encode(sample); err != nil {
				return err
			}
		}
	}
	return nil
}

func kindOf(id string) schema.GroupVersionKind {
	version, kind := path.Split(id)
	return schema.FromAPIVersionAndKind(strings.TrimSuffix(version, "/"), kind)
}

func objectOf(id string) (runtime.Object, error) { return scheme.Scheme.New(kindOf(id)) }

func printTypes(ids []string) error {
	kinds := map[string]string{}
	for _, id := range ids {
		object, err := objectOf(id)
		if err != nil {
			return err
		}
		kinds[id] = nameOf(reflect.TypeOf(object).Elem())
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"kinds": kinds, "types": types})
}

func main() {
	samples := flag.Int("samples", 0, "print so many random objects of each kind")
	flag.Parse()
	err := extensions.AddToScheme(scheme.Scheme)
	if err == nil && *samples > 0 {
		err = printSamples(*samples, flag.Args())
	} else if err == nil {
		err = printTypes(flag.Args())
	}
	if err != nil {
		panic(err)
	}
}
