# SPDX-License-Identifier: GPL-2.0-or-later
# Which tests does ctest run? Each file test_*.py of a folder of tests/ is one entry, called by the name
# of the file without its folder, so no two may have the same.

find_program(CMRP_TSHARK tshark DOC "The tshark that the tests run")
mark_as_advanced(CMRP_TSHARK)

if(CMRP_PYTHON_HAS_PYTEST)
    file(GLOB _cmrp_tests CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" tests/*/test_*.py)
    list(FILTER _cmrp_tests EXCLUDE REGEX "^tests/extra/")
    # Those of tools/windows need tshark.exe and Wine.
    if(NOT WIN32)
        list(FILTER _cmrp_tests EXCLUDE REGEX "^tests/windows/")
    endif()
    # A plugin with sanitizers is not for packages, and only Debian and its kin make Debian packages.
    if(CMRP_SANITIZE OR NOT CMRP_MAKES_DEB)
        list(FILTER _cmrp_tests EXCLUDE REGEX "/test_package\\.py$")
    endif()
    foreach(_cmrp_test IN LISTS _cmrp_tests)
        get_filename_component(_cmrp_name "${_cmrp_test}" NAME_WE)
        string(REGEX REPLACE "^test_" "" _cmrp_name "${_cmrp_name}")
        add_test(NAME "${_cmrp_name}"
            COMMAND "${CMRP_PYTHON}" -m pytest -q --tb=short -p no:cacheprovider "${_cmrp_test}"
            WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        set_tests_properties("${_cmrp_name}" PROPERTIES
            TIMEOUT 1800
            ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;CMRP_SOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR};CMRP_BUILD_DIR=${CMAKE_CURRENT_BINARY_DIR};CMRP_TSHARK=${CMRP_TSHARK}")
    endforeach()
    # The table of comparisons is made of what these tests record.
    set_tests_properties(encodings oracle_builtin oracle_ndrdump PROPERTIES FIXTURES_SETUP comparisons)
    set_tests_properties(comparisons PROPERTIES FIXTURES_REQUIRED comparisons)
    # Longer tests, and those that need what the others do not: "ctest -C extra" runs them too. The first word of
    # their name is their label, so "ctest -C extra -L slurm" runs one kind.
    file(GLOB _cmrp_tests CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" tests/extra/test_*.py)
    foreach(_cmrp_test IN LISTS _cmrp_tests)
        string(REGEX REPLACE "^.*/test_(([^_]*).*)\\.py$" "\\1;\\2" _cmrp_name "${_cmrp_test}")
        list(GET _cmrp_name 1 _cmrp_label)
        list(GET _cmrp_name 0 _cmrp_name)
        add_test(NAME "extra_${_cmrp_name}" CONFIGURATIONS extra
            COMMAND "${CMRP_PYTHON}" -m pytest -q --tb=short -p no:cacheprovider "${_cmrp_test}"
            WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        set_tests_properties("extra_${_cmrp_name}" PROPERTIES
            TIMEOUT 5400
            LABELS "${_cmrp_label}"
            ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;CMRP_SOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR};CMRP_BUILD_DIR=${CMAKE_CURRENT_BINARY_DIR};CMRP_TSHARK=${CMRP_TSHARK}")
    endforeach()
else()
    # A failing entry, because a ctest that runs nothing would look like success.
    set(_cmrp_sentence "The tests need pytest: install the package python3-pytest (apt-get install python3-pytest), remove the build folder and build again.")
    message(STATUS "${_cmrp_sentence}")
    add_test(NAME pytest_is_missing COMMAND "${CMAKE_COMMAND}" -E echo "${_cmrp_sentence}")
    set_tests_properties(pytest_is_missing PROPERTIES WILL_FAIL TRUE)
endif()
