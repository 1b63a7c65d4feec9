# What an operator types. `make` alone shows it. Every target takes STACK=; the default needs no account anywhere.
STACK ?= dev
YES ?=
SERVICE ?=
CONFIRM ?=
FROM ?=
AT ?=
INIT ?=
TO ?=
SERVER ?=
ROTATE ?=
IMAGE ?=
SITE ?=
ON ?=
OFF ?=
TEXT ?=
COMMAND ?=
PORT ?=
JSON ?=
DIFF ?=
SINCE ?=
GREP ?=
DATA ?=
LINES ?=
FINGERPRINT ?=
ONLY ?=
DOCKER ?=
EVERY ?=
PYTHON ?=
SHELL := /bin/sh
.DEFAULT_GOAL := help

# A variable that is spelled wrong would be ignored, and STAK=prod bring up dev.
KNOWN := $(shell sed -n 's/^\([A-Z]*\) ?=.*/\1/p' '$(firstword $(MAKEFILE_LIST))') SHELL
UNKNOWN := $(filter-out $(KNOWN),$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
$(if $(UNKNOWN),$(error $(firstword $(UNKNOWN)): is no variable of this Makefile; known are $(filter-out SHELL,$(KNOWN))))
# In the environment other programs have their own; refused is what is one slip away from one of these.
SLIP := $(subst =, ,$(firstword $(sort $(shell awk -v known='$(filter-out SHELL,$(KNOWN))' -f tools/misspelled.awk))))
$(if $(SLIP),$(error $(firstword $(SLIP)): is set in the environment, and no variable of this Makefile; say $(lastword $(SLIP))=, or `unset $(firstword $(SLIP))`))

TOOLS = eval "$$(tools/toolchain/env)"
# In the shell's place: what make is told, such as SIGTERM, it hands on to its child alone.
RUN = $(TOOLS) && exec .venv/bin/python -m operate
SCRIPTS = host/commands/ssh host/scripts/*.sh host/scripts/once/*.sh \
	$(addprefix tools/toolchain/,install env docker actionlint act go-tool test) \
	tests/run-isolated tests/debian/tree tests/debian/enter tests/debian/program tests/rig/install tests/rig/postgres_entry.sh .ci/run .github/steps/*.sh
CHECKED = tests/test_layout.py tests/test_words.py $(addprefix tests/,config host clients components operate tools workflows)
# As it was typed, with its dollars and quotes. In the environment a terminal has its LINES, and configure its GREP.
typed = $(if $(findstring command,$(origin $(1))),$(subst ','\'',$(value $(1))))
ASK = $(if $(YES),--yes)
AS = $(if $(call typed,JSON),--json)

.PHONY: help
help: ## Show this list
	@printf 'smarter-net: the network as a program\n\n'
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22 | fold -s -w 80 | sed 's/^\([^ ]\)/                      \1/'
	@printf '\n  STACK=%s is used unless you say STACK=staging or STACK=prod.\n' '$(STACK)'

.PHONY: up
up: .venv docker ## Bring the host to what the stack file says (YES=1: do not ask)
	@$(RUN) up --stack $(STACK) $(ASK)

.PHONY: preview
preview: .venv docker ## Show what `up` would do, and change nothing (DIFF=1: as the engine shows it; JSON=1)
	@$(RUN) preview --stack $(STACK) $(if $(call typed,DIFF),--diff) $(AS)

.PHONY: status
status: .venv ## Show what really runs; fails if anything is unhealthy or missing (JSON=1)
	@$(RUN) status --stack $(STACK) $(AS)

.PHONY: logs
logs: service .venv ## Follow the log of services (SERVICE=n8n,metabase SINCE=10m GREP=error LINES=500)
	@$(RUN) logs --stack $(STACK) --follow --since='$(call typed,SINCE)' --grep='$(call typed,GREP)' \
		--lines='$(call typed,LINES)' '$(SERVICE)'

.PHONY: shell
shell: service .venv ## Open a shell in a service's container (SERVICE=n8n)
	@$(RUN) shell --stack $(STACK) '$(SERVICE)'

.PHONY: run
run: service command .venv ## Run a command in a service's container (SERVICE=n8n COMMAND='ls -l')
	@$(RUN) run --stack $(STACK) --command='$(call typed,COMMAND)' '$(SERVICE)'

.PHONY: psql
psql: service .venv ## Open psql in a service's database, as its user (SERVICE=metabase)
	@$(RUN) psql --stack $(STACK) '$(SERVICE)'

.PHONY: tunnel
tunnel: service .venv ## Lead a port of this machine to a service, past the proxy (SERVICE=n8n PORT=8080)
	@$(RUN) tunnel --stack $(STACK) --port='$(call typed,PORT)' '$(SERVICE)'

.PHONY: history
history: .venv ## Show what was rolled out, when and by whom (SERVICE=n8n: of one; JSON=1)
	@$(RUN) history --stack $(STACK) $(AS) --service '$(SERVICE)'

.PHONY: deploy
deploy: service image .venv docker ## Roll out another image of a service, and write it into the stack file (SERVICE=n8n IMAGE=…)
	@$(RUN) deploy --stack $(STACK) $(ASK) '$(SERVICE)' '$(IMAGE)'

.PHONY: restart
restart: service .venv docker ## Give a service a new container with the same settings, by its rollout (SERVICE=n8n)
	@$(RUN) restart --stack $(STACK) $(ASK) '$(SERVICE)'

.PHONY: stop
stop: service .venv docker ## Stop a service until `start`; its data stays, its sites say so (SERVICE=n8n)
	@$(RUN) stop --stack $(STACK) $(ASK) '$(SERVICE)'

.PHONY: start
start: service .venv docker ## Start a service that was stopped (SERVICE=n8n)
	@$(RUN) start --stack $(STACK) $(ASK) '$(SERVICE)'

.PHONY: maintenance
maintenance: .venv docker ## Close a site for a while, without a rollout (SITE=… ON=1 TEXT='Back at 6' FROM=203.0.113.5; OFF=1)
	@$(RUN) maintenance --stack $(STACK) $(ASK) $(if $(filter 1,$(ON)),--on) $(if $(filter 1,$(OFF)),--off) \
		--text='$(call typed,TEXT)' --allow='$(call typed,FROM)' \
		'$(or $(call typed,SITE),$(error name the site: make maintenance SITE=mkt.smarterbot.cl ON=1))'

.PHONY: alert-test
alert-test: .venv ## Send a message by every way out of `watch:`, to see whether it arrives
	@$(RUN) alert-test --stack $(STACK)

.PHONY: rollback
rollback: service .venv docker ## Go back to a service's release before the present one (SERVICE=n8n; DATA=1: its data too)
	@$(RUN) rollback --stack $(STACK) $(ASK) $(if $(filter 1,$(call typed,DATA)),--data) --at='$(call typed,AT)' '$(SERVICE)'

.PHONY: secrets
secrets: .venv ## Make, or ask for, the secrets that are missing (ROTATE=name: a new value for one)
	@$(RUN) secrets --stack $(STACK) --rotate '$(ROTATE)'

.PHONY: pin
pin: $(if $(SERVICE)$(IMAGE),service image) .venv ## Write each image's digest into the stack file (SERVICE=n8n IMAGE=…: its new one)
	@$(RUN) pin --stack $(STACK) --service '$(SERVICE)' --image '$(IMAGE)'

.PHONY: outdated
outdated: .venv ## Show newer tags of each image, and the kind of change; changes nothing
	@$(RUN) outdated --stack $(STACK)

.PHONY: backup
backup: .venv ## Back up the data: into the repository of `backup:` (INIT=1: make that), else, or with TO=here, into backups/
	@$(RUN) backup --stack $(STACK) $(if $(filter 1,$(INIT)),--init) $(if $(call typed,TO),--to '$(call typed,TO)')

.PHONY: backups
backups: .venv ## List what can be put back; fails if the newest is old (JSON=1)
	@$(RUN) backups --stack $(STACK) $(AS)

.PHONY: drill
drill: .venv ## Try whether the newest backup can be put back, in scratch containers (AT=…)
	@$(RUN) drill --stack $(STACK) --at '$(call typed,AT)'

.PHONY: restore
restore: .venv ## Fill the volumes from a backup, before `up` (AT=latest SERVICE=n8n, or FROM=backups/…; CONFIRM=<stack>)
	@$(RUN) restore --stack $(STACK) --confirm '$(call typed,CONFIRM)' --at '$(call typed,AT)' --service '$(call typed,SERVICE)' \
		'$(or $(call typed,FROM),$(if $(call typed,AT),,$(error name the backup: make restore FROM=backups/… or AT=latest)))'

.PHONY: rebuild
rebuild: .venv docker ## Put a lost server's data back on an empty one, and bring it up (SERVER=the lost one's address, AT=…)
	@$(RUN) rebuild --stack $(STACK) --at '$(call typed,AT)' $(ASK) '$(call typed,SERVER)'

.PHONY: forget
forget: .venv ## Take what is lost for good out of the state (SERVER=its address, or local)
	@$(RUN) forget --stack $(STACK) '$(or $(SERVER),$(error name the lost server: make forget SERVER=203.0.113.10))'

.PHONY: down
down: .venv docker ## Remove containers and network; the data stays (YES=1: do not ask)
	@$(RUN) down --stack $(STACK) $(ASK)

.PHONY: delete-data
delete-data: .venv docker ## Remove a stack's data for good, after `down`, or one service's (CONFIRM=<stack>)
	@$(RUN) delete-data --stack $(STACK) --confirm '$(CONFIRM)' --service '$(SERVICE)'

.PHONY: drift
drift: .venv ## Compare the real host with what was deployed; fails if they differ, changes nothing (JSON=1)
	@$(RUN) drift --stack $(STACK) $(AS)

.PHONY: doctor
doctor: .venv ## Look at everything that has to be right before `up`; changes nothing (JSON=1)
	@$(RUN) doctor --stack $(STACK) $(AS)

.PHONY: host-key
host-key: .venv ## Fetch a server's host key, show it, and pin it in the stack file
	@$(RUN) host-key --stack $(STACK) --fingerprint '$(FINGERPRINT)'

.PHONY: env
env: .venv ## Print what a plain `pulumi` needs: eval "$(make -s env)"
	@tools/toolchain/env && $(RUN) env --stack $(STACK)

.PHONY: check
check: .venv ## Lint, types, config and program tests; two to three minutes (PYTHON=3.14: on that Python)
ifneq ($(PYTHON),)
	@tests/debian/enter python-$(PYTHON) make check PYTHON=
else
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/shellcheck --external-sources $(SCRIPTS)
	@.venv/bin/zizmor --offline --no-progress --quiet .github
	@.github/steps/actionlint.sh
	@$(TOOLS) && .venv/bin/pytest -q --numprocesses=4 --dist=loadfile $(CHECKED)
endif

.PHONY: test
test: $(if $(ONLY)$(DOCKER),.venv,check) ## All of it, with the real engine on a Docker of its own (root, Linux; ONLY=engine/rollout, DOCKER=28, EVERY=1)
	@$(if $(ONLY)$(DOCKER),,tools/toolchain/test)
	@ONLY='$(ONLY)' DOCKER='$(DOCKER)' EVERY='$(EVERY)' tests/run-isolated

.PHONY: bench
bench: .venv ## Measure against Compose, a Caddyfile and an empty program; ratios, in tools/bench/results
	@tools/bench/run

# What has to be named is asked for before a tool is got or a daemon started.
.PHONY: service image command
service:
	@: $(or $(SERVICE),$(error name the service: make $(MAKECMDGOALS) SERVICE=n8n))
image:
	@: $(or $(IMAGE),$(error name the image: make $(MAKECMDGOALS) SERVICE=$(SERVICE) IMAGE=repository:tag))
command:
	@: $(if $(call typed,COMMAND),,$(error say the command: make $(MAKECMDGOALS) SERVICE=$(SERVICE) COMMAND='ls -l'))

# The Docker daemon: the one that answers; else, as root on Debian or Ubuntu, one that is installed and started.
# A stack on a server needs none here.
.PHONY: docker
docker:
	@grep -qs 'connection: *ssh' Pulumi.$(STACK).yaml || tools/toolchain/docker

# The tools and the Python packages, exactly as locked. Costs nothing when they are there.
.venv: pyproject.toml uv.lock
	@tools/toolchain/install
	@$(TOOLS) && uv sync --quiet --locked --compile-bytecode && touch .venv
