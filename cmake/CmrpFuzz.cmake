# SPDX-License-Identifier: GPL-2.0-or-later
# How are the fuzzers of tests/fuzz built? With clang; the plugin is linked in, once with sanitizers and once without.

if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "The fuzzers need clang: set CC=clang.")
endif()
if(NOT CMRP_WIRESHARK_PATH_ID STREQUAL "4.0")
    message(FATAL_ERROR "The fuzzers are written for Wireshark 4.0.")
endif()

get_target_property(_cmrp_sources cmrp SOURCES)
set(_cmrp_sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
if(CMRP_COVERAGE)
    list(APPEND _cmrp_sanitizers -fprofile-instr-generate -fcoverage-mapping)
endif()
set(_cmrp_warnings -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
if(CMRP_WERROR)
    list(APPEND _cmrp_warnings -Werror)
endif()

# cmrp_fuzzed NAME SANITIZED FLAG…: the plugin as the object library NAME, of which libFuzzer sees which way it goes.
function(cmrp_fuzzed name sanitized)
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${_cmrp_sources})
    add_dependencies(${name} cmrp_win32_errors)
    target_compile_options(${name} PRIVATE ${_cmrp_warnings} -fno-strict-aliasing -g ${ARGN} -fsanitize=fuzzer-no-link)
    target_compile_definitions(${name} PRIVATE CMRP_VERSION="${CMRP_VERSION_TEXT}")
    target_include_directories(${name} PRIVATE plugin "${CMRP_GENERATED_DIR}")
    target_link_libraries(${name} PUBLIC epan wiretap wsutil PkgConfig::GLIB)
    target_compile_definitions(${name} INTERFACE CMRP_FUZZ_SANITIZED=${sanitized})
    set_target_properties(${name} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
endfunction()

# cmrp_fuzzer NAME SOURCE…: the executables fuzz_NAME, with sanitizers, and fuzz_NAME_fast. Their own sources make the
# input; they are no goal, so that no effort goes into covering them.
function(cmrp_fuzzer name)
    foreach(kind "" _fast)
        set(target fuzz_${name}${kind})
        add_executable(${target} EXCLUDE_FROM_ALL ${ARGN})
        target_compile_options(${target} PRIVATE ${_cmrp_warnings} -g ${_cmrp_flags${kind}})
        target_include_directories(${target} PRIVATE plugin "${CMRP_GENERATED_DIR}")
        target_link_libraries(${target} PRIVATE cmrp_fuzzed${kind})
        target_link_options(${target} PRIVATE ${_cmrp_flags${kind}} -fsanitize=fuzzer)
        set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    endforeach()
endfunction()

set(_cmrp_flags -O1 ${_cmrp_sanitizers})
set(_cmrp_flags_fast -O2)
cmrp_fuzzed(cmrp_fuzzed 1 ${_cmrp_flags})
cmrp_fuzzed(cmrp_fuzzed_fast 0 ${_cmrp_flags_fast})
set(_cmrp_host tests/fuzz/host.c tests/fuzz/host_statistics.c tests/fuzz/session.c)
set(_cmrp_script tests/fuzz/network.c tests/fuzz/play.c tests/fuzz/script.c)
cmrp_fuzzer(conversation
    tests/fuzz/conversation.c tests/fuzz/cost.c tests/fuzz/journal.c tests/fuzz/mutator.c ${_cmrp_host} ${_cmrp_script})
cmrp_fuzzer(reader tests/fuzz/reader.c ${_cmrp_host})

# What shows inputs of fuzz_conversation as a capture.
add_executable(fuzz_pcap EXCLUDE_FROM_ALL tests/fuzz/pcap.c ${_cmrp_script})
target_compile_options(fuzz_pcap PRIVATE ${_cmrp_warnings})
target_link_libraries(fuzz_pcap PRIVATE epan wsutil PkgConfig::GLIB)
