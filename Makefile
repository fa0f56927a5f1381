# VideoForge's commands. `make` alone explains them.
# Pass settings as in `make up EDGE_PORT=8090 PROCESSORS=4`, in the environment, or in .env.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
PYTEST := .venv/bin/pytest
STACK := $(PYTHON) -m infra.local
DEMO = $(PYTHON) -m demo $(if $(VIDEO),--video "$(VIDEO)") $(if $(FORMATS),--formats "$(FORMATS)")
PACKAGES := services/shared services/job-service services/gallery-service services/video-processor infra demo
IMAGE_LOCKS := $(foreach service,job-service gallery-service video-processor,services/$(service)/pyproject.toml) \
  infra/local/requirements.in
BENCHMARKS := presigned_urls encode_overhead gallery_pages source_reads idle_stack dispatch_order
SHELL_SCRIPTS = $(shell git ls-files '*.sh' .ci/run)
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# One worker per core, four at most: more would only compete with the real servers of the tests.
WORKERS ?= $(shell n=$$(nproc); echo $$(( n < 4 ? n : 4 )))

# Results of the fault stories; `make test-faults` turns them into docs/faults.md.
FAULTS := .local/faults.json
MEDIA_ROWS := .local/media.jsonl
CHUNK_ROWS := .local/chunks.jsonl

# If setup had to install Node, it is in the Python environment.
NPM := cd client && PATH="$(CURDIR)/.venv/bin:$$PATH" npm
CLIENT_SOURCES = $(shell find client/src client/public client/index.html client/*.ts -type f)

.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ First run
.PHONY: demo setup install install-dev doctor

demo: setup client ## start everything and transcode a real video: make demo VIDEO=film.mp4 FORMATS=720p,480p
	@$(STACK) up
	@$(STACK) exec $(DEMO)

setup: ## install what VideoForge needs (Debian packages, Python, Node); quick if it is installed
	@infra/local/setup.sh

install: setup ## the same as setup

install-dev: setup ## setup, and the checks that run before each commit
	@.venv/bin/pre-commit install

doctor: ## show what is missing on this machine and how to fix it
	@command -v python3 >/dev/null || { echo "Python is missing. Fix: apt-get install python3, or make setup"; exit 1; }
	@python3 -m infra.local.doctor

##@ Every day
.PHONY: up down status logs urls ui test-video dev client fmt migrate clean

up: setup client ## start everything and wait until it is healthy
	@$(STACK) up

down: ## stop everything; users, videos and jobs are kept
	@$(STACK) down

status: ## show each process with its health; fails if one is not healthy
	@$(STACK) status

logs: ## show the logs: make logs SERVICE=relay
	@$(STACK) logs $(SERVICE)

urls: ## show the addresses and who can sign in
	@$(STACK) urls

ui: ## open VideoForge in a browser
	@$(STACK) ui

test-video: ## run the demo on a stack that is already up
	@$(STACK) exec $(DEMO)

dev: setup client/node_modules/.package-lock.json ## run the web client with hot reload, on a stack that is already up
	@$(NPM) run dev

client: client/dist/index.html ## build the web client, if it has changed

client/node_modules/.package-lock.json: client/package.json client/package-lock.json
	@echo "Installing the web client's packages"
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

client/dist/index.html: client/node_modules/.package-lock.json $(CLIENT_SOURCES)
	@echo "Building the web client"
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

fmt: ## format the code and fix what can be fixed automatically
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

migrate: ## migrate the databases of a running stack to this version
	@$(STACK) migrate

clean: ## stop everything; remove its state (users, videos, jobs) and all caches
	@if [ -x $(PYTHON) ]; then $(STACK) clean; fi
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .venv/.setup-stamp
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

##@ In containers
.PHONY: compose-up compose-down compose-logs compose-demo scale env build images

compose-up: env ## start everything in containers and wait until it is healthy: make compose-up N=3
	@$(COMPOSE) up -d $(if $(N),--scale video-processor=$(N))
	@infra/local/containers/await-health.sh $(COMPOSE)

compose-down: ## stop the containers; users, videos and jobs are kept
	@$(COMPOSE) rm --stop --force -v video-processor # first, while there is a job-service to hand tasks back to
	@$(COMPOSE) rm --stop --force -v job-service # like theirs, its scratch volume has no name, so down would leave it
	@$(COMPOSE) down

compose-logs: ## follow the containers' logs: make compose-logs SERVICE=relay
	@$(COMPOSE) logs -f --tail=100 $(SERVICE)

compose-demo: setup compose-up ## run the demo on the containers: make compose-demo VIDEO=film.mp4
	@set -a; . ./.env; VIDEOFORGE_URL="$${PUBLIC_URL:-http://localhost:8080}" \
	  VIDEOFORGE_EMAIL=demo@example.com VIDEOFORGE_PASSWORD="$$DEMO_PASSWORD" \
	  VIDEOFORGE_ADMIN_EMAIL=admin@example.com VIDEOFORGE_ADMIN_PASSWORD="$$ADMIN_PASSWORD" $(DEMO)

scale: ## set the number of processors in containers: make scale N=3
	@$(COMPOSE) up -d --no-deps --no-recreate --scale video-processor=$(or $(N),2) video-processor

env: ## generate passwords and keys for the containers into .env; existing ones stay
	@infra/local/containers/make-env.sh

build: env ## build all images
	@$(COMPOSE) build

images: ## show the images and their sizes
	@docker image ls --filter reference='videoforge/*'

##@ Check
.PHONY: test quality lint types test-unit test-client test-integration test-e2e test-attacks test-faults-short test-faults soak kill-processors test-compose test-images test-containers bench

test: setup client/node_modules/.package-lock.json ## run everything: lint, types and all tests
	@$(MAKE) -j2 --output-sync=line lint types test-client # each of these keeps one core busy
	@infra/local/setup.sh --browser
	$(PYTEST) -n $(WORKERS) --dist loadscope -m "not e2e and not faults and not compose" --durations=20
	@$(MAKE) -j2 --output-sync=line test-e2e test-images # the stories leave half of the machine to the builds
	@$(MAKE) -j2 --output-sync=line test-faults-short test-containers # these wait a lot: for leases, for health

quality: lint types test-unit ## run lint, types and unit tests

lint: client/node_modules/.package-lock.json ## run ruff, ShellCheck and ESLint
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	shellcheck $(SHELL_SCRIPTS)
	$(NPM) run --silent lint

types: client/node_modules/.package-lock.json ## run mypy and TypeScript, both strict
	.venv/bin/mypy $(PACKAGES) bench tests
	$(NPM) run --silent types

test-unit: ## run the tests without sockets, in seconds
	$(PYTEST) -m "not integration and not e2e and not faults and not compose"

test-client: setup client ## run the web client's unit tests; check its API types and its size
	$(NPM) run --silent api:check
	$(NPM) test
	$(NPM) run --silent size

test-integration: ## test each adapter against the real thing
	$(PYTEST) -n $(WORKERS) --dist loadscope -m integration

test-e2e: setup client ## test the whole stack, as a user sees it
	@infra/local/setup.sh --browser
	$(PYTEST) -m "e2e or faults" --ignore tests/faults --durations=20

test-attacks: setup client ## try what an outside attacker would, on a separate stack: docs/attacks.md
	$(PYTEST) -m attacks

test-faults-short: setup client ## run a few of the fault stories, and a short storm from a fixed seed
	$(PYTEST) tests/faults -m "faults and not faults_long" --durations=10

test-faults: setup client ## break a whole stack in every way we know; writes docs/faults.md; an hour and more
	@rm -f $(FAULTS)
	-FAULTS_RESULTS=$(FAULTS) $(PYTEST) tests/faults -m faults
	$(PYTHON) -m tests.faults.harness.report $(FAULTS) docs/faults.md

soak: setup client ## inject random faults and check the result: make soak MINUTES=60 SEED=1
	$(PYTHON) -m tests.faults.soak --minutes $(or $(MINUTES),60) --seed $(or $(SEED),1)

kill-processors: setup client ## kill a processor every 10 s while films are encoded in chunks: make kill-processors SEED=1
	$(PYTHON) -m tests.faults.kills --films $(or $(FILMS),20) --minutes $(or $(MINUTES),20) --seed $(or $(SEED),1)

# $(call pytest_with_engine,what is skipped without one,arguments)
pytest_with_engine = @if docker info >/dev/null 2>&1; then $(PYTEST) -m compose --durations=15 $(2); \
	else printf '\n%s\n\n' "NO DOCKER ENGINE ANSWERS: $(1) NOT tested"; fi

test-compose: test-images test-containers ## test the stack in containers and its images, if an engine is running

test-images: setup ## build the images of all services, and inspect them
	$(call pytest_with_engine,the images were,tests/compose/test_images.py)

test-containers: setup ## start the stack in containers, use it and break it
	$(call pytest_with_engine,the stack in containers was,--ignore tests/compose/test_images.py)

bench: ## run the benchmarks: see bench/README.md
	@for name in $(BENCHMARKS); do echo "== $$name"; $(PYTHON) -m "bench.$$name" || exit 1; done

##@ Release
.PHONY: openapi settings media-support chunk-table screenshots lock lock-images

openapi: ## write the API's description to docs/openapi.json and its error codes to docs/problems.md
	$(PYTHON) -m job_service.processes.openapi docs/openapi.json
	$(PYTHON) -m job_service.processes.problems docs/problems.md

settings: ## write what lists settings: .env.example, and the names that containers take from .env
	$(PYTHON) -m infra.settings_files

media-support: setup client/node_modules/.package-lock.json ## transcode and measure many unusual sources; writes docs/media-support.md
	@rm -f $(MEDIA_ROWS) && mkdir -p $(dir $(MEDIA_ROWS))
	-MEDIA_RESULTS=$(MEDIA_ROWS) $(PYTEST) -n $(WORKERS) -m integration services/video-processor/tests/media
	$(PYTHON) -m tests.media_report $(MEDIA_ROWS) docs/media-support.md

chunk-table: setup ## compare many sources in chunks with one piece; writes docs/chunks.md
	@rm -f $(CHUNK_ROWS) && mkdir -p $(dir $(CHUNK_ROWS))
	-CHUNK_RESULTS=$(CHUNK_ROWS) $(PYTEST) -n $(WORKERS) services/video-processor/tests/media/test_chunks.py \
	  services/video-processor/tests/media/test_joints.py
	$(PYTHON) -m tests.chunk_report $(CHUNK_ROWS) docs/chunks.md

screenshots: client ## take screenshots of every page and state, into client/screenshots
	@infra/local/setup.sh --browser
	@$(NPM) run screenshots

lock: ## compile requirements.lock from requirements/*.in, and from it the lock of each image
	.venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
	  requirements/runtime.in requirements/local.in requirements/dev.in -o requirements.lock
	.venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
	  infra/local/node.in -o infra/local/node.lock
	@$(MAKE) lock-images

lock-images: ## compile each image's requirements.lock: its part of the root lock, with the same versions
	@for part in $(IMAGE_LOCKS); do \
	  .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --python-version 3.11 --only-binary :all: --no-emit-package videoforge --constraint requirements.lock \
	    "$$part" -o "$$(dirname "$$part")/requirements.lock" || exit 1; \
	done
