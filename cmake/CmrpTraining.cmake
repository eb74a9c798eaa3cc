# SPDX-License-Identifier: GPL-2.0-or-later
# How is the plugin built for what it does most? With CMRP_TRAINED it is built twice: the first build counts, while
# tshark reads a mixture of calls with it, and by these counts the compiler decides what stands where.

option(CMRP_TRAINED "Build by counts of a first build: takes a minute more, and gcc" OFF)
option(CMRP_COUNTING "That first build" OFF)
mark_as_advanced(CMRP_COUNTING)

if(CMRP_TRAINED OR CMRP_COUNTING)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "GNU")
        message(FATAL_ERROR "CMRP_TRAINED needs gcc, because the counts are gcc's: set CC=gcc.")
    endif()
    if(CMRP_SANITIZE OR CMRP_COVERAGE)
        message(FATAL_ERROR "CMRP_TRAINED is for packages, and goes together with neither CMRP_SANITIZE nor CMRP_COVERAGE.")
    endif()
endif()

# cmrp_train(TARGET SOURCE…)
function(cmrp_train target)
    if(CMRP_COUNTING)
        target_compile_options(${target} PRIVATE -fprofile-generate -fprofile-update=single)
        target_link_options(${target} PRIVATE -fprofile-generate)
        return()
    endif()
    if(NOT CMRP_TRAINED)
        return()
    endif()
    set(first "${CMAKE_CURRENT_BINARY_DIR}/training")
    set(counts "${CMAKE_CURRENT_BINARY_DIR}/counts")
    file(GLOB training CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tools/cmrpbench/*.py")
    add_custom_command(
        OUTPUT "${counts}/done"
        COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_SOURCE_DIR}" -B "${first}" -G "${CMAKE_GENERATOR}"
                "-DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}" "-DCMAKE_C_FLAGS=${CMAKE_C_FLAGS}"
                "-DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}" "-DCMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH}"
                -DCMRP_COUNTING=ON -DBUILD_TESTING=OFF
        COMMAND "${CMAKE_COMMAND}" --build "${first}" --target cmrp
        COMMAND "${CMAKE_COMMAND}" -E env PYTHONDONTWRITEBYTECODE=1 "${CMRP_PYTHON}"
                "${CMAKE_CURRENT_SOURCE_DIR}/tools/cmrpbench/train.py" "${first}" "${counts}"
        COMMAND "${CMAKE_COMMAND}" -E touch "${counts}/done"
        DEPENDS ${ARGN} ${CMRP_IDL_INPUTS} ${training}
        COMMENT "Counting what the plugin does most"
        VERBATIM)
    add_custom_target(${target}_training DEPENDS "${counts}/done")
    add_dependencies(${target} ${target}_training)
    set_property(SOURCE ${ARGN} APPEND PROPERTY OBJECT_DEPENDS "${counts}/done")
    # What the mixture never calls has no counts, and is built as ever.
    # Relative, from the build folder: its whole name would be in what is built.
    target_compile_options(${target} PRIVATE -fprofile-use=counts -Wno-missing-profile)
endfunction()
