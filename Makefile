# make            build/release/fihris
# make test       unit + command tests; SAN=address|thread|undefined picks a sanitizer
# make check      everything a commit must pass: lint, tidy, test under every sanitizer
# make bench fuzz cov man install clean
CC      ?= cc
SAN     ?=
MODE    := $(or $(SAN),release)
B       := build/$(MODE)

STD     := -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
           -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
           -Wcast-qual -Wcast-align -Wpointer-arith -Wwrite-strings -Wundef -Wvla \
           -Wformat=2 -Wswitch-enum -Wimplicit-fallthrough -Wdouble-promotion \
           -Wnull-dereference -Wframe-larger-than=16384 $(WERROR)
WERROR  ?= -Werror
OPT     := -O2 -g -fno-common -fno-omit-frame-pointer -fstack-protector-strong
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -O1)
CFLAGS  += $(STD) $(WARN) $(OPT) $(SANFLAG) -pthread
LDLIBS  += -llmdb -lzstd -lutf8proc -lyajl -lxxhash -lm

BANNED  := strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|rand|alloca|system|popen

LIB_SRC := $(filter-out src/cli/%,$(sort $(wildcard src/*/*.c)))
CLI_SRC := $(sort $(wildcard src/cli/*.c))
TESTS   := $(sort $(wildcard tests/unit/test_*.c))
HEADERS := $(sort $(wildcard include/*.h src/*/*.h))
LIB     := $(B)/libfihris.a
obj      = $(patsubst %.c,$(B)/%.o,$(1))
BINS    := $(patsubst tests/unit/%.c,$(B)/%,$(TESTS))

.SECONDARY:
.PHONY: all test unit check lint layers headers banned globals tidy format clean
all: $(B)/fihris

$(B)/fihris: $(call obj,$(CLI_SRC)) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(LIB): $(call obj,$(LIB_SRC))
	@rm -f $@; $(AR) rcs $@ $^
$(B)/test_%: $(B)/tests/unit/test_%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

test: unit
unit: $(BINS)
	@set -e; for t in $(BINS); do $$t; done

lint: layers headers banned globals format
layers:
	@sh tests/lint/layers.sh
headers: $(HEADERS:%=$(B)/%.ok)
$(B)/%.h.ok: %.h
	@mkdir -p $(@D)
	@echo '#include "$(patsubst src/%,%,$(patsubst include/%,%,$<))"' | \
	  $(CC) $(CFLAGS) -Wno-unused-macros -fsyntax-only -xc - && touch $@
banned:
	@! grep -nwE '$(BANNED)' $(LIB_SRC) $(CLI_SRC) $(HEADERS)
globals: $(call obj,$(LIB_SRC) $(CLI_SRC))
	@objdump -t $^ | awk '/file format/ { file = $$1 } \
	  $$3 == "O" && $$4 ~ /^[.](bss|data)$$/ { print file " mutable global " $$NF; bad = 1 } \
	  END { exit bad }'
tidy:
	clang-tidy --quiet --warnings-as-errors='*' $(LIB_SRC) $(CLI_SRC) -- $(STD)
format:
	clang-format --dry-run --Werror $(LIB_SRC) $(CLI_SRC) $(TESTS) $(HEADERS)

check: lint tidy
	$(MAKE) test
	$(MAKE) SAN=address,undefined test
	$(MAKE) SAN=thread test
clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
