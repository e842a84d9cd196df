// Lattigo as a peer: answers requests by the lines that bench/native/bench.hpp describes.
//
//	lattigo -suite ckks -log-n 14 -log-q 50,40,40 -log-p 48,48 -log-scale 40
//	lattigo -suite bootstrap -log-n 16 -log-slots 15
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

const module = "github.com/tuneinsight/lattigo/v6"

type message = map[string]any

// subject is what a suite asks about.
type subject interface {
	// ready says what was set up.
	ready() message
	// answer to one request.
	answer(words []string) (message, error)
}

// must ends the program: a peer that cannot be set up has nothing to answer.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "unknown"
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Nanoseconds()) / 1e6
}

func memory() message {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return message{"peak_rss_bytes": usage.Maxrss * 1024}
}

func reply(s subject, words []string) message {
	if words[0] == "memory" {
		return memory()
	}
	answer, err := s.answer(words)
	if err != nil {
		return message{"failure": err.Error()}
	}
	return answer
}

func main() {
	suite := flag.String("suite", "ckks", "")
	logN := flag.Int("log-n", 14, "")
	logQ := flag.String("log-q", "", "")
	logP := flag.String("log-p", "", "")
	logScale := flag.Int("log-scale", 40, "")
	logSlots := flag.Int("log-slots", 13, "")
	flag.Parse()
	var s subject
	switch *suite {
	case "ckks":
		s = newArithmetic(*logN, integers(*logQ), integers(*logP), *logScale)
	case "bootstrap":
		s = must(newBootstrapper(*logN, *logSlots))
	default:
		check(fmt.Errorf("no suite named %s", *suite))
	}
	out := json.NewEncoder(os.Stdout)
	ready := s.ready()
	ready["version"], ready["threads"] = version(), 1
	check(out.Encode(ready))
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if words := strings.Fields(in.Text()); len(words) > 0 {
			check(out.Encode(reply(s, words)))
		}
	}
}
