"""Read, write and prefetch memory by its address, inside kernels. Python itself can call only the kernels among these.

Guarantees: each compiles to one machine instruction or to none.
Does not: check an address. Callers own the memory, and keep it alive while it is used.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from comity.columns.kernel import kernel


@intrinsic
def load_byte(_: Any, address: Any) -> Any:
    """Load the byte at an address."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))

    return types.uint8(address), generate


@intrinsic
def load_uint32(_: Any, address: Any) -> Any:
    """Load the 32-bit number at an address."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(32).as_pointer()))

    return types.uint32(address), generate


@intrinsic
def load_uint64(_: Any, address: Any) -> Any:
    """Load the 64-bit number at an address."""

    def generate(__: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))

    return types.uint64(address), generate


@intrinsic
def count_bits(_: Any, __: Any) -> Any:
    """Return how many bits of a 64-bit number are 1."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def store_byte(_: Any, address: Any, value: Any) -> Any:
    """Store a byte at an address."""

    def generate(context: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        builder.store(arguments[1], builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()))
        return context.get_dummy_value()

    return types.void(address, types.uint8), generate


@intrinsic
def _prefetch(_: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, ___: Any, arguments: Any) -> Any:
        int32, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        instruction = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, int32, int32, int32])
        )
        builder.call(instruction, [builder.inttoptr(arguments[0], pointer), int32(0), int32(3), int32(1)])
        return context.get_dummy_value()

    return types.void(address), generate


@kernel
def prefetch(address: int) -> None:
    """Start loading the cache line at an address. Harmless at any address, even one that is not mapped."""
    _prefetch(address)  # type: ignore[call-arg]  # numba passes the first argument
