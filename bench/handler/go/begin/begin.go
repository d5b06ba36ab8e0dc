// Package begin tells when the program's own packages began to be initialised. Go takes packages in the order of their
// paths, each as soon as those that it imports are done: this one needs time alone, so it comes before client-go, and
// after what of Go's own library stands before it in the alphabet.
package begin

import "time"

// At is when.
var At = time.Now()
