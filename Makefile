# make demo       install what is missing, build, index fixtures/seeds, ask a few questions
# make            build/release: fihris, libfihris.a, libfihris.so, fihris.pc
# make test       unit + command tests; SAN=address,undefined or SAN=thread picks a sanitizer
# make check      everything a commit must pass: lint, tidy, test under every sanitizer
# make install    DESTDIR, PREFIX; uninstall undoes it
# make check-long what takes longer: all kills and damages, 600 queries against a plain scan
# make check-million  kills and full disks while a million articles are indexed
# make bench      builds and queries beside other engines; bench-scaling: threads and articles
# make fuzz man readme deps lint tidy format clean
CC      ?= cc
SAN     ?=
MODE    := $(or $(SAN),release)
B       := build/$(MODE)

STD     := -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc
WERROR  ?= -Werror
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
           -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
           -Wcast-qual -Wcast-align -Wpointer-arith -Wwrite-strings -Wundef -Wvla \
           -Wformat=2 -Wswitch-enum -Wimplicit-fallthrough -Wdouble-promotion \
           -Wnull-dereference -Wframe-larger-than=16384 $(WERROR)
# One set of objects serves both libraries; without interposition -fPIC costs next to nothing.
OPT     := -O3 -g -fPIC -fno-semantic-interposition -fno-common -fno-omit-frame-pointer \
           -fstack-protector-strong
# What a sanitizer adds to the code makes frames larger and confuses the flow analysis; tests keep
# large things on the stack.
LOOSE   := -Wno-null-dereference -Wframe-larger-than=1048576
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -O1 $(LOOSE))
CFLAGS  += $(STD) $(WARN) $(OPT) $(SANFLAG) -pthread
LIBS    := -llmdb -lzstd -lutf8proc -lyajl -lxxhash -lm
LDLIBS  += $(LIBS)

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share

# Debian's names. Nothing is installed when all of it is there.
DEPS_BUILD := gcc make pkg-config liblmdb-dev libzstd-dev libutf8proc-dev libyajl-dev libxxhash-dev
DEPS_TEST  := libcmocka-dev bats jq binutils clang-format clang-tidy
DEPS_FUZZ  := clang libclang-rt-dev

BANNED  := strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|rand|alloca|system|popen

VERSION   := $(shell sed -n 's/.*return "\([0-9][0-9.]*\)";.*/\1/p' src/engine/version.c)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

LIB_SRC := $(filter-out src/cli/%,$(sort $(wildcard src/*/*.c)))
CLI_SRC := $(sort $(wildcard src/cli/*.c))
TESTS   := $(sort $(wildcard tests/unit/test_*.c))
ORACLES := $(sort $(wildcard tests/oracle/*.c))
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BATS    := $(filter-out $(if $(SAN),%/install.bats %/readme.bats %/bench.bats),$(sort $(wildcard tests/cli/*.bats)))
# Under the thread sanitizer only what has threads.
ifeq ($(SAN),thread)
TESTS   := $(patsubst %,tests/unit/test_%.c,thread phases run_progress learn library merge publish rebuild repeats)
BATS    := tests/cli/seeds.bats
endif
REPLICAS := $(filter-out bench/replicas/statistics.c,$(sort $(wildcard bench/replicas/*.c)))
BENCH_C := $(sort $(wildcard bench/replicas/*.[ch] bench/peers/*.[ch]) bench/draw_queries.c)
HEADERS := $(sort $(wildcard include/*.h src/*/*.h))
TEST_C  := $(sort $(wildcard tests/*/*.[ch]))
LIB     := $(B)/libfihris.a
SHARED  := $(B)/libfihris.so.$(VERSION)
SHELLS  := bash zsh fish
obj      = $(patsubst %.c,$(B)/%.o,$(1))
BINS    := $(patsubst tests/unit/%.c,$(B)/%,$(TESTS))
REPLAYS := $(if $(filter thread,$(SAN)),,$(FUZZERS:%=$(B)/replay_%))
ROBUST  := $(filter-out tests/robust/common.sh tests/robust/million.sh,$(sort $(wildcard tests/robust/*.sh)))
# Under a sanitizer only what it may find something in, and the threads under theirs.
ROBUST_address,undefined := $(addprefix tests/robust/,bad_input.sh damage.sh incremental.sh replicas.sh)
ROBUST_thread := tests/robust/threads.sh
BENCH   := $(addprefix $(B)/bench/,measure bench_text draw_queries fihris)
ORACLE  := $(if $(ORACLES),$(B)/liboracle.a)

.SECONDARY:
.PHONY: all test unit cli robust programs check check-long check-million lint layers headers banned globals tidy format \
        install uninstall demo readme bench bench-scaling fuzz fuzz-programs deps man clean always

all: $(B)/fihris $(LIB) $(B)/libfihris.so $(B)/fihris.pc

$(B)/fihris: $(call obj,$(CLI_SRC)) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(LIB): $(call obj,$(LIB_SRC))
	@rm -f $@; $(AR) rcs $@ $^
$(SHARED): $(call obj,$(LIB_SRC)) $(B)/fihris.map
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libfihris.so.$(SOVERSION) \
	  -Wl,--version-script=$(B)/fihris.map $(if $(SAN),,-Wl,-z,defs) \
	  -o $@ $(call obj,$(LIB_SRC)) $(LDLIBS)
$(B)/libfihris.so: $(SHARED)
	@ln -sf libfihris.so.$(VERSION) $(B)/libfihris.so.$(SOVERSION)
	@ln -sf libfihris.so.$(VERSION) $@
# Only what the public header names leaves the libraries.
$(B)/fihris.map: Makefile
	@mkdir -p $(@D)
	@echo '{ global: fihris_*; local: *; };' >$@
$(B)/install/libfihris.a: $(call obj,$(LIB_SRC))
	@mkdir -p $(@D); rm -f $@
	$(LD) -r -o $(@D)/libfihris.o $^
	objcopy --wildcard --keep-global-symbol='fihris_*' $(@D)/libfihris.o
	$(AR) rcs $@ $(@D)/libfihris.o
# Made anew each time: PREFIX may be another than last time.
$(B)/fihris.pc: always
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCDIR)' '' \
	  'Name: fihris' 'Description: index and query large archives of Arabic news' \
	  'Version: $(VERSION)' 'Libs: -L$${libdir} -lfihris' \
	  'Libs.private: $(LIBS) -pthread' 'Cflags: -I$${includedir}' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/completions/%: $(B)/fihris
	@mkdir -p $(@D)
	@$< completions $* >$@.new && mv $@.new $@

$(B)/test_%: $(B)/tests/unit/test_%.o $(ORACLE) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$(B)/liboracle.a: $(call obj,$(ORACLES))
	@rm -f $@; $(AR) rcs $@ $^
$(B)/news_oracle: $(call obj,$(ORACLES)) $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/replicas: $(call obj,$(REPLICAS))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
$(B)/replicas_statistics: $(B)/bench/replicas/statistics.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(LIB)
	$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PEER_FLAGS) $(if $(filter tests/%,$<),-Itests $(LOOSE)) -MMD -MP -c -o $@ $<

programs: $(B)/fihris $(B)/replicas $(B)/replicas_statistics $(BINS) $(REPLAYS) $(if $(SAN),,all $(BENCH))
test: unit cli robust
unit: $(BINS) $(REPLAYS)
	@sh tests/run.sh $(B)/logs $(BINS) $(REPLAYS)
cli: $(B)/fihris $(if $(SAN),,all $(BENCH))
	@FIHRIS='$(CURDIR)/$(B)/fihris' sh tests/run.sh $(B)/logs $(BATS)

lint: layers headers banned globals format
layers:
	@sh tests/lint/layers.sh
headers: $(HEADERS:%=$(B)/%.ok)
$(B)/%.h.ok: %.h
	@mkdir -p $(@D)
	@printf '#include "%s"\nextern int it_stands_alone;\n' \
	  '$(patsubst src/%,%,$(patsubst include/%,%,$<))' | \
	  $(CC) $(CFLAGS) -Wno-unused-macros -fsyntax-only -xc - && touch $@
banned:
	@! grep -nE '(^|[^[:alnum:]_])($(BANNED))[[:space:]]*\(' $(LIB_SRC) $(CLI_SRC) $(HEADERS)
globals: $(call obj,$(LIB_SRC) $(CLI_SRC))
	@objdump -t $^ | awk '/file format/ { file = $$1 } \
	  $$3 == "O" && $$4 ~ /^[.](bss|data)$$/ { print file " mutable global " $$NF; bad = 1 } \
	  END { exit bad }'
# Slow, so one stamp a source: only what changed is read again. The peers need their libraries.
tidy: $(patsubst %,build/tidy/%.ok,$(LIB_SRC) $(CLI_SRC) $(filter-out bench/peers/% %.h,$(BENCH_C)))
build/tidy/%.c.ok: %.c .clang-tidy
	@mkdir -p $(@D)
	@$(CC) $(STD) -MM -MP -MT $@ -MF build/tidy/$*.d $<
	@clang-tidy --quiet --warnings-as-errors='*' $< -- $(STD) >build/tidy/$*.log 2>&1 || \
	  { cat build/tidy/$*.log; exit 1; }
	@touch $@
format:
	@clang-format --dry-run --Werror $(LIB_SRC) $(CLI_SRC) $(TEST_C) $(BENCH_C) $(HEADERS)

# Builds in turn, counts every test, and closes with one line: N passed, N failed.
check:
	@MAKE_COMMAND='$(MAKE_COMMAND)' CC='$(CC)' DEPS='$(DEPS_BUILD) $(DEPS_TEST)' sh tests/check.sh

deps:
	@sh .ci/deps $(DEPS_BUILD) $(DEPS_TEST)

demo:
	@sh .ci/deps $(DEPS_BUILD)
	@echo 'building $(B)/fihris'
	@$(MAKE) --no-print-directory -s all
	@sh fixtures/demo.sh $(B)/fihris build/demo.fihris

# The example in README.md from what the command prints now.
readme: all
	@sh fixtures/readme.sh >build/README.md && cat build/README.md >README.md

install: all $(B)/install/libfihris.a $(SHELLS:%=$(B)/completions/%)
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(INCDIR)' \
	  '$(DESTDIR)$(DATADIR)/man/man1' '$(DESTDIR)$(DATADIR)/bash-completion/completions' \
	  '$(DESTDIR)$(DATADIR)/zsh/site-functions' \
	  '$(DESTDIR)$(DATADIR)/fish/vendor_completions.d'
	install -m 755 $(B)/fihris '$(DESTDIR)$(BINDIR)/fihris'
	install -m 644 $(B)/install/libfihris.a '$(DESTDIR)$(LIBDIR)/libfihris.a'
	install -m 644 $(SHARED) '$(DESTDIR)$(LIBDIR)/libfihris.so.$(VERSION)'
	ln -sf libfihris.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libfihris.so.$(SOVERSION)'
	ln -sf libfihris.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libfihris.so'
	install -m 644 $(B)/fihris.pc '$(DESTDIR)$(LIBDIR)/pkgconfig/fihris.pc'
	install -m 644 include/fihris.h '$(DESTDIR)$(INCDIR)/fihris.h'
	install -m 644 docs/man/fihris.1 '$(DESTDIR)$(DATADIR)/man/man1/fihris.1'
	install -m 644 $(B)/completions/bash \
	  '$(DESTDIR)$(DATADIR)/bash-completion/completions/fihris'
	install -m 644 $(B)/completions/zsh '$(DESTDIR)$(DATADIR)/zsh/site-functions/_fihris'
	install -m 644 $(B)/completions/fish \
	  '$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/fihris.fish'
uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/fihris' '$(DESTDIR)$(LIBDIR)/libfihris.a' \
	  '$(DESTDIR)$(LIBDIR)/libfihris.so' '$(DESTDIR)$(LIBDIR)/libfihris.so.$(SOVERSION)' \
	  '$(DESTDIR)$(LIBDIR)/libfihris.so.$(VERSION)' \
	  '$(DESTDIR)$(LIBDIR)/pkgconfig/fihris.pc' '$(DESTDIR)$(INCDIR)/fihris.h' \
	  '$(DESTDIR)$(DATADIR)/man/man1/fihris.1' \
	  '$(DESTDIR)$(DATADIR)/bash-completion/completions/fihris' \
	  '$(DESTDIR)$(DATADIR)/zsh/site-functions/_fihris' \
	  '$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/fihris.fish'

# Programs of the benchmarks, made when they are asked for; the engines beside need their libraries.
PEER_SQLITE  := sqlite3
PEER_GROONGA := groonga
PEER_XAPIAN  := xapian-core
peer          = $(shell pkg-config $(1) $(2) 2>/dev/null | sed 's/-I/-isystem /g')
CXXWARN      := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion $(WERROR)
$(B)/bench/measure: $(B)/bench/measure.o
$(B)/bench/bench_text: $(B)/bench/bench_text.o $(LIB)
$(B)/bench/draw_queries: $(B)/bench/draw_queries.o $(B)/bench/peers/harness.o $(LIB)
$(B)/bench/fihris: $(B)/bench/peers/fihris.o $(B)/bench/peers/harness.o $(LIB)
$(B)/bench/sqlite: $(B)/bench/peers/sqlite.o $(B)/bench/peers/harness.o
$(B)/bench/groonga: $(B)/bench/peers/groonga.o $(B)/bench/peers/harness.o
$(B)/bench/xapian: $(B)/bench/peers/xapian.o $(B)/bench/peers/harness.o
$(B)/bench/sqlite: LDLIBS = $(call peer,--libs,$(PEER_SQLITE))
$(B)/bench/groonga: LDLIBS = $(call peer,--libs,$(PEER_GROONGA))
$(B)/bench/xapian: LDLIBS = $(call peer,--libs,$(PEER_XAPIAN)) -lstdc++
$(B)/bench/peers/groonga.o: PEER_FLAGS = $(call peer,--cflags,$(PEER_GROONGA))
$(B)/bench/measure $(B)/bench/bench_text $(B)/bench/draw_queries $(B)/bench/fihris $(B)/bench/sqlite \
$(B)/bench/groonga $(B)/bench/xapian:
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/bench/%.o: bench/%.cc Makefile
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(CXXWARN) -O2 -g -pthread -MMD -MP -c -o $@ $<
bench: all $(B)/replicas
	@MAKE_COMMAND='$(MAKE_COMMAND)' FIHRIS='$(CURDIR)/$(B)/fihris' sh bench/run.sh
bench-scaling: all $(B)/replicas
	@MAKE_COMMAND='$(MAKE_COMMAND)' FIHRIS='$(CURDIR)/$(B)/fihris' sh bench/scaling.sh

# Kills, full disks, damaged files, bad input: a short slice; all of it in check-long.
robust: $(B)/fihris $(B)/replicas $(B)/replicas_statistics
	@FIHRIS='$(CURDIR)/$(B)/fihris' sh tests/run.sh $(B)/logs \
	  $(if $(SAN),$(ROBUST_$(SAN)),$(ROBUST))

# What takes longer than a commit should wait: every case of what the tests above take a slice of, and 600
# queries drawn from real news against a brute-force scan.
check-long: $(B)/fihris $(B)/replicas $(B)/replicas_statistics $(B)/news_oracle $(BINS)
	FIHRIS_LONG=1 ROBUST_LONG=1 FIHRIS='$(CURDIR)/$(B)/fihris' \
	  sh tests/run.sh $(B)/logs $(BINS) $(ROBUST)
	@$(MAKE) --no-print-directory SAN=address,undefined build/address,undefined/fihris
	ROBUST_LONG=1 FIHRIS='$(CURDIR)/build/address,undefined/fihris' \
	  sh tests/run.sh $(B)/logs tests/robust/damage.sh
	FIHRIS='$(CURDIR)/$(B)/fihris' sh tests/oracle/news.sh $(B)/news_oracle

# A million articles: built, killed, on disks too small, extended. Minutes to an hour, and 10 GB.
check-million: $(B)/fihris $(B)/replicas
	FIHRIS='$(CURDIR)/$(B)/fihris' REPLICAS='$(CURDIR)/$(B)/replicas' sh tests/robust/million.sh

# Looks for new crashes; what it finds stays in build/fuzz. `make check` replays the corpus.
FUZZ_SECONDS ?= 60
fuzz-programs: $(FUZZERS:%=$(B)/fuzz_%)
fuzz:
	@sh .ci/deps $(DEPS_BUILD) $(DEPS_FUZZ)
	@$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined MODE=fuzz \
	  WERROR= fuzz-programs
	@set -e; for name in $(FUZZERS); do \
	  mkdir -p build/fuzz/corpus/$$name build/fuzz/found tests/fuzz/corpus/$$name; \
	  echo "== $$name, $(FUZZ_SECONDS) s"; \
	  log=build/fuzz/$$name.log; \
	  build/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	    -artifact_prefix=build/fuzz/found/$$name- -print_final_stats=1 \
	    build/fuzz/corpus/$$name tests/fuzz/corpus/$$name >$$log 2>&1 || { cat $$log; exit 1; }; \
	  grep '^stat::' $$log; \
	done

man:
	@mkdir -p build/man
	@if command -v mandoc >/dev/null; then mandoc -Tutf8 docs/man/fihris.1 >build/man/fihris.txt; \
	  else groff -man -Tutf8 -K utf8 docs/man/fihris.1 >build/man/fihris.txt; fi
	@echo build/man/fihris.txt

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
