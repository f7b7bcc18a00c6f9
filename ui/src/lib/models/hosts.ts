/** Where the published models lie; asked one after the other until one answers. */
export const HOSTS = ['huggingface.co', 'hf-mirror.com', 'modelscope.cn'] as const;
