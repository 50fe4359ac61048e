# Everything here needs git, make and Go; what more a target needs, it builds into bin/ or installs.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# No C compiler is needed to build and to test: the race detector alone wants one.
export CGO_ENABLED = 0

.DEFAULT_GOAL := help
.PHONY: help build demo test faults torture check verify bench sbom fmt generate clean lint race gcc redis

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

build: ## build bin/tradeback
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/tradeback ./cmd/tradeback

demo: build ## carry real exchanges between simulated Ongoing and Shopify, step by step
	bin/tradeback demo

# Each world has six orders, with seven exchanges on average. SEED=N begins at another seed. Then what is killed,
# flooded or done in bulk takes its turns, TIMES of them, each with a seed of its own.
torture: build redis ## play 10,000 random exchanges while the simulators fail, then kill and flood; tells the seed of what is not ok
	bin/tradeback demo --story random --faults --seed $(or $(SEED),1) --runs 1667
	go test ./cmd/tradeback -run 'HoweverOftenServeIsKilled|HoweverRedisFails|WhileThePeersFail|WhileRedisFails|RetriedInBulk|OldBackup' \
		-count=$(or $(TIMES),20) -v -failfast -timeout 0 -args -faulty 10 -bulk 10000

test: redis ## run all tests
	go test -timeout 30m ./...

faults: ## play every story of the demo with 50 seeds while the simulators fail by chance; takes an hour or so
	go test ./cmd/tradeback -run '^TestStoriesWithFaults$$' -count=1 -v -failfast -timeout 5h -args -story-seeds 50

check: lint race ## what CI runs: format, vet, lint, tests with the race detector in shuffled order

verify: bin/genqlient ## write what is generated anew and fail if anything differs
	@before=$$(git ls-files -z | xargs -0 sha256sum 2>/dev/null); \
	go generate ./... || exit 1; \
	after=$$(git ls-files -z | xargs -0 sha256sum 2>/dev/null); \
	[ "$$before" = "$$after" ] || { echo 'verify: generated files were out of date; they are written anew now'; git status --short; exit 1; }
	go mod tidy -diff
	go -C tools/lint mod tidy -diff
	go -C tools/generate mod tidy -diff
	go -C tools/sbom mod tidy -diff

bench: build redis ## measure ingest and whole exchanges on SQLite and Redis, as ratios of this machine's own ceiling
	bin/tradeback bench

sbom: build bin/cyclonedx-gomod ## list what is in bin/tradeback, as CycloneDX, in bin/tradeback.cdx.json
	bin/cyclonedx-gomod bin -json -std -noserial -notimestamp -version $(VERSION) -output bin/tradeback.cdx.json bin/tradeback

fmt: bin/gofumpt ## format the code
	bin/gofumpt -l -w .

generate: bin/genqlient ## write generated code anew
	go generate ./...

clean: ## remove bin/
	rm -rf bin

lint: bin/gofumpt bin/golangci-lint
	@unformatted=$$(bin/gofumpt -l .); \
	[ -z "$$unformatted" ] || { echo 'check: these files want "make fmt":'; echo "$$unformatted"; exit 1; }
	go vet ./...
	bin/golangci-lint run

race: gcc redis
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 30m ./...

gcc:
	@.ci/gcc

redis:
	@.ci/redis

# The tools have modules of their own, so that what they depend on stays out of tradeback's.
bin/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	@echo 'building golangci-lint: this takes some minutes, once'
	go build -C tools/lint -o ../../bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/gofumpt: tools/lint/go.mod tools/lint/go.sum
	go build -C tools/lint -o ../../bin/ mvdan.cc/gofumpt

bin/genqlient: tools/generate/go.mod tools/generate/go.sum
	go build -C tools/generate -o ../../bin/ github.com/Khan/genqlient

bin/cyclonedx-gomod: tools/sbom/go.mod tools/sbom/go.sum
	go build -C tools/sbom -o ../../bin/ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
