# Fails when an object file that is compiled for one instruction set defines a weak symbol (inline or template code that
# the linker would share with the rest of the program).
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]* [WVu] [^\n]*" weak "${symbols}")
  if(weak)
    list(JOIN weak "\n  " lines)
    message(FATAL_ERROR "${object} defines weak symbols:\n  ${lines}")
  endif()
endforeach()
