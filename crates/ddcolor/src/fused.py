class Fused(Module):
  __parameters__ = []
  __buffers__ = []
  def pack_linear(self: __torch__.Fused, weight: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(weight)
  def linear(self: __torch__.Fused, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    scalars = annotate(List[Optional[number]], [])
    return ops.mkldnn._linear_pointwise(x, weight, bias, "none", scalars, "none")
  def linear_gelu(self: __torch__.Fused, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    scalars = annotate(List[Optional[number]], [])
    return ops.mkldnn._linear_pointwise(x, weight, bias, "gelu", scalars, "none")
  def linear_relu(self: __torch__.Fused, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    scalars = annotate(List[Optional[number]], [])
    return ops.mkldnn._linear_pointwise(x, weight, bias, "relu", scalars, "none")
  def linear_add(self: __torch__.Fused, x: Tensor, other: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, other, weight, bias, "add")
  def to_bytes(self: __torch__.Fused, x: Tensor, factor: float, more: Tensor) -> Tensor:
    return torch.to(torch.add(more, x, alpha=factor), 0)
  def pack_quantized(self: __torch__.Fused, weight: Tensor) -> Tensor:
    return ops.onednn.qlinear_prepack(weight, None)
  def quantized(self: __torch__.Fused, x: Tensor, scale: float, zero: int, weight: Tensor, scales: Tensor, zeros: Tensor, bias: Tensor, activation: str) -> Tensor:
    scalars = annotate(List[Optional[number]], [])
    return ops.onednn.qlinear_pointwise(x, scale, zero, weight, scales, zeros, bias, 1., 0, 6, activation, scalars, "none")
  def pack_conv(self: __torch__.Fused, weight: Tensor, stride: List[int], padding: List[int], size: List[int]) -> Tensor:
    return ops.mkldnn._reorder_convolution_weight(weight, padding, stride, [1, 1], 1, size)
  def conv(self: __torch__.Fused, x: Tensor, weight: Tensor, bias: Optional[Tensor], stride: List[int], padding: List[int], activation: str) -> Tensor:
    scalars = annotate(List[Optional[number]], [])
    return ops.mkldnn._convolution_pointwise(x, weight, bias, padding, stride, [1, 1], 1, activation, scalars, "none")
  def pack_quantized_conv(self: __torch__.Fused, weight: Tensor, scales: Tensor, stride: List[int], padding: List[int], size: List[int]) -> Tensor:
    return ops.onednn.qconv_prepack(weight, scales, 1., 0, stride, padding, [1, 1], 1, size)
  def quantized_conv(self: __torch__.Fused, x: Tensor, scale: float, weight: Tensor, scales: Tensor, zeros: Tensor, padding: List[int], activation: str) -> Tensor:
    scalars = annotate(List[Optional[number]], [])
    return ops.onednn.qconv2d_pointwise(x, scale, 0, weight, scales, zeros, None, [1, 1], padding, [1, 1], 1, 1., 0, 6, activation, scalars, "none")
