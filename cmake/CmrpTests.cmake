# SPDX-License-Identifier: GPL-2.0-or-later
# Which tests does ctest run? Each file tests/test_*.py is one entry.

find_program(CMRP_TSHARK tshark DOC "The tshark that the tests run")
mark_as_advanced(CMRP_TSHARK)

if(CMRP_PYTHON_HAS_PYTEST)
    file(GLOB _cmrp_tests CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" tests/test_*.py)
    foreach(_cmrp_test IN LISTS _cmrp_tests)
        get_filename_component(_cmrp_name "${_cmrp_test}" NAME_WE)
        string(REGEX REPLACE "^test_" "" _cmrp_name "${_cmrp_name}")
        add_test(NAME "${_cmrp_name}"
            COMMAND "${CMRP_PYTHON}" -m pytest -q --tb=short -p no:cacheprovider "${_cmrp_test}"
            WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        set_tests_properties("${_cmrp_name}" PROPERTIES
            TIMEOUT 900
            ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;CMRP_SOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR};CMRP_BUILD_DIR=${CMAKE_CURRENT_BINARY_DIR};CMRP_TSHARK=${CMRP_TSHARK}")
    endforeach()
else()
    # A failing entry, because a ctest that runs nothing would look like success.
    set(_cmrp_sentence "The tests need pytest: install the package python3-pytest (apt-get install python3-pytest), remove the build folder and build again.")
    message(STATUS "${_cmrp_sentence}")
    add_test(NAME pytest_is_missing COMMAND "${CMAKE_COMMAND}" -E echo "${_cmrp_sentence}")
    set_tests_properties(pytest_is_missing PROPERTIES WILL_FAIL TRUE)
endif()
