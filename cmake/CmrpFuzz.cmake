# SPDX-License-Identifier: GPL-2.0-or-later
# How are the fuzzers of tests/fuzz built? With clang; the plugin is linked in, with sanitizers.

if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "The fuzzers need clang: set CC=clang.")
endif()
if(NOT CMRP_WIRESHARK_PATH_ID STREQUAL "4.0")
    message(FATAL_ERROR "The fuzzers are written for Wireshark 4.0.")
endif()

get_target_property(_cmrp_sources cmrp SOURCES)
add_library(cmrp_fuzzed OBJECT EXCLUDE_FROM_ALL ${_cmrp_sources})
set(_cmrp_fuzzer_flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
if(CMRP_COVERAGE)
    list(APPEND _cmrp_fuzzer_flags -fprofile-instr-generate -fcoverage-mapping)
endif()
set(_cmrp_warnings -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
if(CMRP_WERROR)
    list(APPEND _cmrp_warnings -Werror)
endif()

target_compile_options(cmrp_fuzzed PRIVATE
    ${_cmrp_warnings} -fno-strict-aliasing -O1 -g ${_cmrp_fuzzer_flags} -fsanitize=fuzzer-no-link)
target_compile_definitions(cmrp_fuzzed PRIVATE CMRP_VERSION="${PROJECT_VERSION}")
target_include_directories(cmrp_fuzzed PRIVATE plugin "${CMRP_GENERATED_DIR}")
target_link_libraries(cmrp_fuzzed PUBLIC epan wiretap wsutil PkgConfig::GLIB)

# cmrp_fuzzer NAME SOURCE…: the executable fuzz_NAME. Its own sources make the input; they are no goal, so that
# no effort goes into covering them.
function(cmrp_fuzzer name)
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL ${ARGN})
    target_compile_options(fuzz_${name} PRIVATE ${_cmrp_warnings} -O1 -g ${_cmrp_fuzzer_flags})
    target_include_directories(fuzz_${name} PRIVATE plugin "${CMRP_GENERATED_DIR}")
    target_link_libraries(fuzz_${name} PRIVATE cmrp_fuzzed)
    target_link_options(fuzz_${name} PRIVATE ${_cmrp_fuzzer_flags} -fsanitize=fuzzer)
endfunction()

cmrp_fuzzer(conversation
    tests/fuzz/conversation.c tests/fuzz/host.c tests/fuzz/host_statistics.c tests/fuzz/mutator.c
    tests/fuzz/network.c tests/fuzz/script.c)
cmrp_fuzzer(reader tests/fuzz/host.c tests/fuzz/host_statistics.c tests/fuzz/reader.c)
set_target_properties(cmrp_fuzzed fuzz_conversation fuzz_reader PROPERTIES
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)

# What shows an input of fuzz_conversation as a capture.
add_executable(fuzz_pcap EXCLUDE_FROM_ALL tests/fuzz/network.c tests/fuzz/pcap.c tests/fuzz/script.c)
target_compile_options(fuzz_pcap PRIVATE ${_cmrp_warnings})
target_link_libraries(fuzz_pcap PRIVATE epan wsutil PkgConfig::GLIB)
